import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { isObject, type JsonObject } from '../json.ts';

export type TaskState = {
  readonly waitsForToken: boolean;
  readonly timeoutSeconds: number | undefined;
};
export type PreparedDefinition = {
  readonly definition: JsonObject;
  readonly tasks: readonly { readonly name: string; readonly state: TaskState }[];
};

const INVOKE = 'arn:aws:states:::lambda:invoke';
const WAIT_FOR_TOKEN = `${INVOKE}.waitForTaskToken`;
const STATE_TYPES = ['Task', 'Parallel', 'Pass', 'Wait', 'Choice', 'Succeed', 'Fail'];

/** Paths of the context object that the library cannot resolve, such as `$$.State`. */
const CONTEXT_PATH = /"\$\$\.(?!Execution\.|StateMachine\.|Task\.Token")[^"]*"/;

/**
 * Step Functions lets a task run for a year, but the library ends it after 60 seconds. A timer can
 * hold 24 days.
 */
const NO_TIMEOUT_SECONDS = 24 * 24 * 60 * 60;

/**
 * Cache of prepared definitions: validation takes a tenth of a second, and every execution needs
 * it.
 */
const preparedDefinitions = new Map<string, PreparedDefinition>();

/** Prepares a definition as prepareMachine does, and each definition once. */
export function prepareDefinition(source: unknown, timeScale: number): PreparedDefinition {
  const json = typeof source === 'string' ? source : JSON.stringify(source);
  const key = `${timeScale} ${json}`;
  const prepared = preparedDefinitions.get(key) ?? prepareMachine(JSON.parse(json), timeScale);
  preparedDefinitions.set(key, prepared);
  return prepared;
}

/**
 * Validates a definition and converts it to the form that the library runs. Throws an error that
 * names anything that the library would ignore, or run differently from Step Functions.
 */
function prepareMachine(definition: unknown, timeScale: number): PreparedDefinition {
  if (!isObject(definition)) throw new Error('state machine: the definition must be an object');
  requireJsonPath('the machine', definition);
  const unknownPath = CONTEXT_PATH.exec(JSON.stringify(definition))?.[0];
  if (unknownPath !== undefined)
    throw new Error(`state machine: the local runtime does not support the path ${unknownPath}`);
  // Throws an error with every problem. The ARN pattern of the library rejects ARNs of the local
  // account, so ARNs are not checked.
  new StateMachine(definition as unknown as StateMachineDefinition, {
    validationOptions: { checkArn: false },
  });

  const tasks: { name: string; state: TaskState }[] = [];
  const scaleSeconds = (seconds: unknown): number => Number(seconds) * timeScale;
  const prepare = (machine: JsonObject): JsonObject => ({
    ...machine,
    ...(machine.TimeoutSeconds === undefined
      ? {}
      : { TimeoutSeconds: scaleSeconds(machine.TimeoutSeconds) }),
    States: Object.fromEntries(
      Object.entries(toObject(machine.States)).map(([name, state]) => [
        name,
        prepareState(name, toObject(state)),
      ]),
    ),
  });
  const prepareState = (name: string, state: JsonObject): JsonObject => {
    requireSupportedState(name, state);
    const prepared: Record<string, unknown> = { ...state };
    if (Array.isArray(state.Retry)) {
      prepared.Retry = state.Retry.map((retrier: JsonObject) => ({
        ...retrier,
        IntervalSeconds: scaleSeconds(retrier.IntervalSeconds ?? 1),
        ...(retrier.MaxDelaySeconds === undefined
          ? {}
          : { MaxDelaySeconds: scaleSeconds(retrier.MaxDelaySeconds) }),
      }));
    }
    if (state.Type === 'Wait' && state.Seconds !== undefined)
      prepared.Seconds = scaleSeconds(state.Seconds);
    if (state.Type === 'Parallel' && Array.isArray(state.Branches))
      prepared.Branches = state.Branches.map(prepare);
    if (state.Type === 'Task') {
      const timeoutSeconds =
        state.TimeoutSeconds === undefined ? undefined : scaleSeconds(state.TimeoutSeconds);
      prepared.TimeoutSeconds = timeoutSeconds ?? NO_TIMEOUT_SECONDS;
      if (tasks.some((task) => task.name === name))
        throw new Error(`state machine: two tasks have the name ${name}`);
      tasks.push({
        name,
        state: { waitsForToken: state.Resource === WAIT_FOR_TOKEN, timeoutSeconds },
      });
    }
    return prepared;
  };
  return { definition: prepare(definition), tasks };
}

function requireSupportedState(name: string, state: JsonObject): void {
  requireJsonPath(name, state);
  if (!STATE_TYPES.includes(String(state.Type))) {
    throw new Error(
      `state machine: the local runtime does not support states of type ${state.Type} (${name})`,
    );
  }
  if (state.Type !== 'Task') return;
  if (state.Resource !== INVOKE && state.Resource !== WAIT_FOR_TOKEN) {
    throw new Error(
      `state machine: the local runtime does not support tasks of ${state.Resource} (${name})`,
    );
  }
  for (const property of ['HeartbeatSeconds', 'TimeoutSecondsPath', 'Credentials']) {
    if (property in state)
      throw new Error(`state machine: the local runtime does not support ${property} (${name})`);
  }
}

function requireJsonPath(
  where: string,
  { QueryLanguage: language = 'JSONPath' }: JsonObject,
): void {
  if (language !== 'JSONPath')
    throw new Error(
      `state machine: the local runtime supports only JSONPath, not ${language} (${where})`,
    );
}

const toObject = (value: unknown): JsonObject => (isObject(value) ? value : {});
