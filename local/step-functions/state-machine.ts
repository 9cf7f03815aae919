import {
  ExecutionAbortedError,
  ExecutionTimeoutError,
  StateMachine,
  type StateMachineDefinition,
} from 'aws-local-stepfunctions';
import { arnOf } from '../account.ts';
import type { Observe } from '../observation.ts';
import { prepareDefinition, type TaskState } from './state-machine-definition.ts';
import { StepError } from './step-error.ts';
import type { TaskTokens } from './task-tokens.ts';

export type ExecutionResult = {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  readonly output?: unknown;
  readonly error?: string;
  readonly cause?: string;
  /** The states that were entered, in order, those of branches too. A retry does not enter its state again. */
  readonly states: readonly string[];
};

export type MachineRun = {
  /** The definition, with its intrinsic functions resolved, or its JSON. */
  readonly definition: unknown;
  /** The execution's name. */
  readonly name: string;
  readonly input: unknown;
  /** Answers what the function returns; throws a StepError, or an Error by whose name Retry and Catch match. */
  readonly invoke: (functionArn: string, payload: unknown) => Promise<unknown>;
  readonly taskTokens: TaskTokens;
  readonly machineName?: string;
  /** Multiplies retry intervals, waits and timeouts; below 1 for tests. Default 1. */
  readonly timeScale?: number;
  readonly observe?: Observe | undefined;
  readonly record?: RecordEvent;
};

/**
 * Receives what the history of an execution keeps of its states and tasks, by the names of AWS.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
 */
export type RecordEvent = (type: string, details: { readonly [field: string]: object }) => void;

export type RunningMachine = {
  readonly result: Promise<ExecutionResult>;
  readonly stop: () => void;
};

/**
 * Starts one execution of a Standard state machine in JSONPath. Tasks are Lambda functions, invoked as
 * `arn:aws:states:::lambda:invoke`, with `.waitForTaskToken` or without.
 */
export function startStateMachine(run: MachineRun): RunningMachine {
  const { definition, tasks } = prepareDefinition(run.definition, run.timeScale ?? 1);
  const tokens = new ExecutionTokens(run.taskTokens);
  // The definition was validated as it was written; a scaled one has fractions of seconds.
  const machine = new StateMachine(definition as unknown as StateMachineDefinition, {
    validationOptions: { noValidate: true },
  });
  const machineName = run.machineName ?? 'machine';
  const execution = machine.run(run.input as Parameters<StateMachine['run']>[0], {
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(
        tasks.map(({ name, state }) => [
          name,
          (parameters: unknown) => runRecorded(state, parameters, run, tokens) as never,
        ]),
      ),
    },
    context: {
      Execution: { Id: arnOf('states', `execution:${machineName}:${run.name}`), Name: run.name },
      StateMachine: { Id: arnOf('states', `stateMachine:${machineName}`), Name: machineName },
      Task: tokens.context,
    },
  });
  const entered = (stateName: string, isRetry: boolean) =>
    run.observe?.({ kind: 'transition', machineName, stateName, isRetry });
  const states = namesEntered(execution.eventLogs, entered, run.record);

  const settle = async (): Promise<ExecutionResult> => {
    try {
      const output: unknown = await execution.result;
      return { status: 'SUCCEEDED', output, states: await states };
    } catch (fault) {
      if (fault instanceof ExecutionAbortedError)
        return { status: 'ABORTED', states: await states };
      if (fault instanceof ExecutionTimeoutError) {
        return { status: 'TIMED_OUT', error: 'States.Timeout', states: await states };
      }
      const reason = fault instanceof Error && fault.cause instanceof Error ? fault.cause : fault;
      const { name: error, message: cause } =
        reason instanceof Error ? reason : new StepError('States.Runtime', '');
      return { status: 'FAILED', error, cause, states: await states };
    } finally {
      tokens.closeAll();
    }
  };
  return { result: settle(), stop: execution.abort };
}

/** Runs one execution to its end; see startStateMachine. `stop` aborts it. */
export async function runStateMachine(run: MachineRun): Promise<ExecutionResult> {
  return startStateMachine(run).result;
}

async function runRecorded(
  state: TaskState,
  parameters: unknown,
  run: MachineRun,
  tokens: ExecutionTokens,
): Promise<unknown> {
  run.record?.('TaskScheduled', {
    taskScheduledEventDetails: { parameters: JSON.stringify(parameters) },
  });
  try {
    const output = await runTask(state, parameters, run, tokens);
    run.record?.('TaskSucceeded', {
      taskSucceededEventDetails: { output: JSON.stringify(output) },
    });
    return output;
  } catch (fault) {
    const { name: error, message: cause } = fault instanceof Error ? fault : new StepError('', '');
    run.record?.('TaskFailed', { taskFailedEventDetails: { error, cause } });
    throw fault;
  }
}

async function runTask(
  { waitsForToken, timeoutSeconds }: TaskState,
  parameters: unknown,
  { invoke, taskTokens }: MachineRun,
  tokens: ExecutionTokens,
): Promise<unknown> {
  const { FunctionName, Payload } = parameters as {
    readonly FunctionName: string;
    readonly Payload?: unknown;
  };
  if (!waitsForToken)
    return { Payload: await invoke(FunctionName, Payload ?? {}), StatusCode: 200 };
  const token = tokens.take();
  const answered = taskTokens.wait(token);
  // The library times the task out; the token is to be refused from then on.
  const timer =
    timeoutSeconds === undefined
      ? undefined
      : setTimeout(() => taskTokens.close(token), timeoutSeconds * 1_000);
  try {
    // An answer may come before the function returns; what the function returns is of no account.
    await Promise.race([invoke(FunctionName, Payload ?? {}), answered]);
    return await answered;
  } catch (fault) {
    taskTokens.close(token);
    throw fault;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The library takes the task token from its static context. This one makes a token when a path of the context object reads it, and
 * keeps it until the task takes it; reading the parameters and starting the task is one synchronous step.
 */
class ExecutionTokens {
  readonly #taskTokens: TaskTokens;
  readonly #made: string[] = [];
  #next: string | undefined;
  readonly context: { readonly Token: string };

  constructor(taskTokens: TaskTokens) {
    this.#taskTokens = taskTokens;
    const next = () => this.#peek();
    this.context = {
      get Token() {
        return next();
      },
    };
  }

  take(): string {
    const token = this.#peek();
    this.#next = undefined;
    return token;
  }

  closeAll(): void {
    for (const token of this.#made) this.#taskTokens.close(token);
  }

  #peek(): string {
    if (this.#next === undefined) {
      this.#next = this.#taskTokens.create();
      this.#made.push(this.#next);
    }
    return this.#next;
  }
}

async function namesEntered(
  events: ReturnType<StateMachine['run']>['eventLogs'],
  told: (stateName: string, isRetry: boolean) => void,
  record: RecordEvent | undefined,
): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const event of events) {
    if (event.type === 'StateRetried') told(event.state.name, true);
    if (event.type === 'StateExited') {
      const { type, name, output } = event.state;
      const details = { name, output: JSON.stringify(output) };
      record?.(`${type}StateExited`, { stateExitedEventDetails: details });
    }
    if (event.type !== 'StateEntered') continue;
    const { type, name, input } = event.state;
    told(name, false);
    const details = { name, input: JSON.stringify(input) };
    record?.(`${type}StateEntered`, { stateEnteredEventDetails: details });
    names.push(name);
  }
  return names;
}
