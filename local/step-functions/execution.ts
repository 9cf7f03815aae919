import {
  ExecutionAbortedError,
  ExecutionTimeoutError,
  StateMachine,
  type StateMachineDefinition,
} from 'aws-local-stepfunctions';
import { arnOf } from '../account.ts';
import { StepError } from '../errors.ts';
import type { Observer } from '../functions/observation.ts';
import { prepareDefinition, type TaskState } from './state-machine-definition.ts';
import type { TaskTokens } from './task-tokens.ts';

export type ExecutionResult = {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  readonly output?: unknown;
  readonly error?: string;
  readonly cause?: string;
  /**
   * Names of the states that were entered, in order, including those of branches. A retry does not
   * enter its state again.
   */
  readonly states: readonly string[];
};

export type ExecutionOptions = {
  /** Definition with its intrinsic functions resolved, or its JSON. */
  readonly definition: unknown;
  /** Name of the execution. */
  readonly name: string;
  readonly input: unknown;
  /**
   * Returns the result of the function. Throws a StepError, or an Error by whose name Retry and
   * Catch match.
   */
  readonly invoke: (functionArn: string, payload: unknown) => Promise<unknown>;
  readonly taskTokens: TaskTokens;
  readonly machineName?: string;
  /** Factor of retry intervals, waits and timeouts; below 1 for tests. Default 1. */
  readonly timeScale?: number;
  readonly observe?: Observer | undefined;
  readonly recordEvent?: EventRecorder;
};

/**
 * Receives the events of states and tasks in the history of an execution, by their AWS names.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
 */
export type EventRecorder = (type: string, details: { readonly [field: string]: object }) => void;

export type RunningExecution = {
  readonly result: Promise<ExecutionResult>;
  readonly stop: () => void;
};

/**
 * Starts one execution of a Standard state machine in JSONPath. Tasks are Lambda functions, invoked
 * as `arn:aws:states:::lambda:invoke`, with or without `.waitForTaskToken`.
 */
export function startExecution(options: ExecutionOptions): RunningExecution {
  const { definition, tasks } = prepareDefinition(options.definition, options.timeScale ?? 1);
  const tokens = new ExecutionTokens(options.taskTokens);
  // The original definition was validated; a scaled one has fractions of seconds.
  const machine = new StateMachine(definition as unknown as StateMachineDefinition, {
    validationOptions: { noValidate: true },
  });
  const machineName = options.machineName ?? 'machine';
  const execution = machine.run(options.input as Parameters<StateMachine['run']>[0], {
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(
        tasks.map(({ name, state }) => [
          name,
          (parameters: unknown) => runTaskWithHistory(state, parameters, options, tokens) as never,
        ]),
      ),
    },
    context: {
      Execution: {
        Id: arnOf('states', `execution:${machineName}:${options.name}`),
        Name: options.name,
      },
      StateMachine: { Id: arnOf('states', `stateMachine:${machineName}`), Name: machineName },
      Task: tokens.context,
    },
  });
  const observeTransition = (stateName: string, isRetry: boolean) =>
    options.observe?.({ kind: 'transition', machineName, stateName, isRetry });
  const states = collectEnteredStates(execution.eventLogs, observeTransition, options.recordEvent);

  const awaitResult = async (): Promise<ExecutionResult> => {
    try {
      const output: unknown = await execution.result;
      return { status: 'SUCCEEDED', output, states: await states };
    } catch (thrown) {
      if (thrown instanceof ExecutionAbortedError)
        return { status: 'ABORTED', states: await states };
      if (thrown instanceof ExecutionTimeoutError) {
        return { status: 'TIMED_OUT', error: 'States.Timeout', states: await states };
      }
      const reason =
        thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
      const { name: error, message: cause } =
        reason instanceof Error ? reason : new StepError('States.Runtime', '');
      return { status: 'FAILED', error, cause, states: await states };
    } finally {
      tokens.closeAll();
    }
  };
  return { result: awaitResult(), stop: execution.abort };
}

/** Runs one execution to its end, as startExecution does. `stop` aborts it. */
export async function runExecution(options: ExecutionOptions): Promise<ExecutionResult> {
  return startExecution(options).result;
}

async function runTaskWithHistory(
  state: TaskState,
  parameters: unknown,
  options: ExecutionOptions,
  tokens: ExecutionTokens,
): Promise<unknown> {
  options.recordEvent?.('TaskScheduled', {
    taskScheduledEventDetails: { parameters: JSON.stringify(parameters) },
  });
  try {
    const output = await runTask(state, parameters, options, tokens);
    options.recordEvent?.('TaskSucceeded', {
      taskSucceededEventDetails: { output: JSON.stringify(output) },
    });
    return output;
  } catch (thrown) {
    const { name: error, message: cause } =
      thrown instanceof Error ? thrown : new StepError('', '');
    options.recordEvent?.('TaskFailed', { taskFailedEventDetails: { error, cause } });
    throw thrown;
  }
}

async function runTask(
  { waitsForToken, timeoutSeconds }: TaskState,
  parameters: unknown,
  { invoke, taskTokens }: ExecutionOptions,
  tokens: ExecutionTokens,
): Promise<unknown> {
  const { FunctionName, Payload } = parameters as {
    readonly FunctionName: string;
    readonly Payload?: unknown;
  };
  if (!waitsForToken)
    return { Payload: await invoke(FunctionName, Payload ?? {}), StatusCode: 200 };
  const token = tokens.take();
  const tokenResult = taskTokens.waitForResult(token);
  // The library times the task out; from then on the token is rejected.
  const timer =
    timeoutSeconds === undefined
      ? undefined
      : setTimeout(() => taskTokens.close(token), timeoutSeconds * 1_000);
  try {
    // The token's result may arrive before the function returns. The function's own result is
    // ignored.
    await Promise.race([invoke(FunctionName, Payload ?? {}), tokenResult]);
    return await tokenResult;
  } catch (error) {
    taskTokens.close(token);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Task tokens of one execution. The library reads the task token from its static context. This
 * class creates a token when a path of the context object reads it, and keeps it until the task
 * starts; reading the parameters and starting the task is one synchronous step.
 */
class ExecutionTokens {
  readonly #taskTokens: TaskTokens;
  readonly #tokens: string[] = [];
  #next: string | undefined;
  readonly context: { readonly Token: string };

  constructor(taskTokens: TaskTokens) {
    this.#taskTokens = taskTokens;
    const next = () => this.#current();
    this.context = {
      get Token() {
        return next();
      },
    };
  }

  take(): string {
    const token = this.#current();
    this.#next = undefined;
    return token;
  }

  closeAll(): void {
    for (const token of this.#tokens) this.#taskTokens.close(token);
  }

  #current(): string {
    if (this.#next === undefined) {
      this.#next = this.#taskTokens.create();
      this.#tokens.push(this.#next);
    }
    return this.#next;
  }
}

async function collectEnteredStates(
  events: ReturnType<StateMachine['run']>['eventLogs'],
  onTransition: (stateName: string, isRetry: boolean) => void,
  recordEvent: EventRecorder | undefined,
): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const event of events) {
    if (event.type === 'StateRetried') onTransition(event.state.name, true);
    if (event.type === 'StateExited') {
      const { type, name, output } = event.state;
      const details = { name, output: JSON.stringify(output) };
      recordEvent?.(`${type}StateExited`, { stateExitedEventDetails: details });
    }
    if (event.type !== 'StateEntered') continue;
    const { type, name, input } = event.state;
    onTransition(name, false);
    const details = { name, input: JSON.stringify(input) };
    recordEvent?.(`${type}StateEntered`, { stateEnteredEventDetails: details });
    names.push(name);
  }
  return names;
}
