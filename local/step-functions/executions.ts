import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { arnOf } from '../account.ts';
import type { AwsAction } from '../api/aws-server.ts';
import { AwsError, StepError } from '../errors.ts';
import type { Invoke } from '../functions/invoke.ts';
import type { Observer } from '../functions/observation.ts';
import { type RunningExecution, startExecution } from './execution.ts';
import {
  type Execution,
  epochSeconds,
  executionSummaryOf,
  historyOf,
  startResponse,
} from './execution-record.ts';
import { prepareDefinition } from './state-machine-definition.ts';
import { TaskTokens, type TokenOutcome } from './task-tokens.ts';

export type Machine = { readonly name: string; readonly arn: string; readonly definition: string };

const StartExecution = z.object({
  stateMachineArn: z.string(),
  name: z.optional(z.string()),
  input: z.optional(z.string()),
});
const SendTaskSuccess = z.object({ taskToken: z.string(), output: z.string() });
const SendTaskFailure = z.object({
  taskToken: z.string(),
  error: z.optional(z.string()),
  cause: z.optional(z.string()),
});
const DescribeExecution = z.object({ executionArn: z.string() });
const GetExecutionHistory = z.object({ executionArn: z.string() });
const ListExecutions = z.object({
  stateMachineArn: z.string(),
  statusFilter: z.optional(z.string()),
});

const NAME = /^[A-Za-z0-9_-]{1,80}$/;

/**
 * State machines, their executions (kept until the runtime stops) and the supported actions of Step
 * Functions.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html
 */
export class Executions {
  readonly #machines: ReadonlyMap<string, Machine>;
  readonly #invoke: Invoke;
  readonly #observe: Observer | undefined;
  readonly #tokens = new TaskTokens();
  readonly #executions = new Map<string, Execution>();
  readonly #running = new Map<string, RunningExecution>();

  constructor(machines: readonly Machine[], invoke: Invoke, observe?: Observer) {
    // A definition that the local runtime cannot run is an error at the start, not at the first
    // order.
    for (const { definition } of machines) prepareDefinition(definition, 1);
    this.#machines = new Map(machines.map((machine) => [machine.arn, machine]));
    this.#invoke = invoke;
    this.#observe = observe;
  }

  readonly actions: Readonly<Record<string, AwsAction>> = {
    'AWSStepFunctions.StartExecution': (request) =>
      this.#start(parseRequest(StartExecution, request)),
    'AWSStepFunctions.SendTaskSuccess': (request) => {
      const { taskToken, output } = parseRequest(SendTaskSuccess, request);
      return acknowledge(this.#tokens.succeed(taskToken, parseJson(output, 'InvalidOutput')));
    },
    'AWSStepFunctions.SendTaskFailure': (request) => {
      const { taskToken, error = '', cause = '' } = parseRequest(SendTaskFailure, request);
      return acknowledge(this.#tokens.fail(taskToken, error, cause));
    },
    'AWSStepFunctions.DescribeExecution': (request) => {
      const execution = this.#executionOf(parseRequest(DescribeExecution, request).executionArn);
      const { outcome } = execution;
      return {
        ...executionSummaryOf(execution),
        input: execution.input,
        ...(outcome?.output === undefined ? {} : { output: JSON.stringify(outcome.output) }),
        ...(outcome?.error === undefined ? {} : { error: outcome.error, cause: outcome.cause }),
      };
    },
    'AWSStepFunctions.GetExecutionHistory': (request) => {
      const { executionArn } = parseRequest(GetExecutionHistory, request);
      return { events: historyOf(this.#executionOf(executionArn)) };
    },
    'AWSStepFunctions.ListStateMachines': () => ({
      stateMachines: [...this.#machines.values()].map(({ name, arn }) => ({
        name,
        stateMachineArn: arn,
      })),
    }),
    'AWSStepFunctions.ListExecutions': (request) => {
      const { stateMachineArn, statusFilter } = parseRequest(ListExecutions, request);
      this.#machineOf(stateMachineArn);
      const executions = [...this.#executions.values()]
        .filter(({ machineArn }) => machineArn === stateMachineArn)
        .map(executionSummaryOf)
        .filter(({ status }) => statusFilter === undefined || status === statusFilter);
      return { executions: executions.reverse() };
    },
  };

  /** Number of executions that have not ended. */
  get runningCount(): number {
    return this.#running.size;
  }

  /** Counts executions by machine and status. */
  countByStatus(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const execution of this.#executions.values()) {
      const machine = this.#machineOf(execution.machineArn).name;
      const { status } = executionSummaryOf(execution);
      counts[`${machine} ${status}`] = (counts[`${machine} ${status}`] ?? 0) + 1;
    }
    return counts;
  }

  async stop(): Promise<void> {
    const running = [...this.#running.values()];
    for (const { stop } of running) stop();
    await Promise.all(running.map(({ result }) => result));
  }

  #start({ stateMachineArn, name = randomUUID(), input = '{}' }: z.infer<typeof StartExecution>) {
    const machine = this.#machineOf(stateMachineArn);
    if (!NAME.test(name)) throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
    const parsedInput = parseJson(input, 'InvalidExecutionInput');
    const arn = arnOf('states', `execution:${machine.name}:${name}`);
    const earlier = this.#executions.get(arn);
    if (earlier !== undefined) {
      // StartExecution is idempotent while the execution runs.
      if (earlier.outcome === undefined && earlier.input === input) return startResponse(earlier);
      throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    }
    const startedAt = new Date();
    const events: object[] = [];
    const execution: Execution = { arn, name, machineArn: machine.arn, input, startedAt, events };
    this.#executions.set(arn, execution);
    const running = startExecution({
      definition: machine.definition,
      machineName: machine.name,
      name,
      input: parsedInput,
      invoke: (functionArn, payload) => this.#invokeTask(functionArn, payload),
      taskTokens: this.#tokens,
      observe: this.#observe,
      recordEvent: (type, details) =>
        events.push({ type, timestamp: epochSeconds(new Date()), ...details }),
    });
    this.#running.set(arn, running);
    void running.result.then((outcome) => {
      execution.outcome = outcome;
      execution.stoppedAt = new Date();
      this.#running.delete(arn);
      const { status } = outcome;
      if (status === 'FAILED' || status === 'TIMED_OUT')
        this.#observe?.({ kind: 'failedExecution', machineName: machine.name, status });
    });
    return startResponse(execution);
  }

  async #invokeTask(functionArn: string, payload: unknown): Promise<unknown> {
    const result = await this.#invoke(functionArn, payload);
    if (result.ok) return result.payload;
    const { rejectionStatus, error } = result;
    const name = rejectionStatus === undefined ? error.errorType : `Lambda.${error.errorType}`;
    throw new StepError(name, JSON.stringify(error));
  }

  #executionOf(arn: string): Execution {
    const execution = this.#executions.get(arn);
    if (execution === undefined) throw new AwsError('ExecutionDoesNotExist', `no execution ${arn}`);
    return execution;
  }

  #machineOf(arn: string): Machine {
    const machine = this.#machines.get(arn);
    if (machine === undefined)
      throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
    return machine;
  }
}

function acknowledge(outcome: TokenOutcome): object {
  if (outcome === 'accepted') return {};
  const message =
    outcome === 'InvalidToken'
      ? 'Invalid token'
      : 'Task Timed Out: the token has expired or was already used';
  throw new AwsError(outcome, message);
}

function parseRequest<Schema extends z.ZodMiniType>(
  schema: Schema,
  request: unknown,
): z.infer<Schema> {
  const parsed = schema.safeParse(request);
  if (parsed.success) return parsed.data;
  throw new AwsError('ValidationException', z.prettifyError(parsed.error));
}

function parseJson(text: string, errorType: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AwsError(errorType, 'not JSON');
  }
}
