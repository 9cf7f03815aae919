import type { AwsAction } from '../../local/api/aws-server.ts';
import type { InvokeResult } from '../../local/functions/invoke.ts';
import { createEventBuses, machinesOf } from '../../local/run-templates.ts';
import { Executions } from '../../local/step-functions/executions.ts';
import { type Conditions, idealConditions } from './conditions.ts';
import { LockedTables } from './dynamodb/locked-tables.ts';
import { MemoryDynamoDb } from './dynamodb/memory-dynamodb.ts';
import type { ItemChange } from './dynamodb/table.ts';
import { currentInvocation, type Invocation } from './functions/invocation.ts';
import { type ApiRequest, type ApiResponse, SimulatedApi } from './functions/simulated-api.ts';
import { SimulatedLambda } from './functions/simulated-lambda.ts';
import { connectWorld } from './functions/transport.ts';
import { SimulatedQueues } from './messaging/simulated-queues.ts';
import { SimulatedStreams } from './messaging/simulated-streams.ts';
import { createSqsActions } from './messaging/sqs-actions.ts';
import { plainItem } from './plain-item.ts';
import { SeededRandom } from './random.ts';
import { type Call, type Fault, performCall, type ServiceResponse } from './service-calls.ts';
import { ServiceDispatcher } from './service-dispatcher.ts';
import type { SystemModel } from './system-model.ts';
import { VirtualTime } from './virtual-time.ts';

export type CallAttempt = { readonly call: Call; readonly fault: Fault | undefined };

export type WorldOptions = {
  readonly seed?: number;
  /** Epoch milliseconds. */
  readonly startMilliseconds?: number;
  readonly recordsCallSites?: boolean;
  /** Called for each attempt of each call. */
  readonly onCall?: (attempt: CallAttempt) => void;
  readonly onChange?: (tableName: string, change: ItemChange) => void;
  /** Called with the result of each invocation. */
  readonly onInvoked?: (invocation: Invocation, result: InvokeResult) => void;
  /** Called for each event that a bus accepts. */
  readonly onEvent?: (event: { readonly type: string; readonly eventId: string }) => void;
};

const START_MILLISECONDS = Date.parse('2026-11-23T12:00:00.000Z');
const SECOND = 1_000;

/**
 * Simulation of Stockbook in one process with a virtual clock. Runs the handlers of the functions,
 * wired by the synthesized templates, on services in memory. `conditions` may change while the
 * scenario runs.
 */
export class World {
  conditions: Conditions;
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly dynamodb: MemoryDynamoDb;
  readonly queues: SimulatedQueues;
  readonly streams: SimulatedStreams;
  readonly executions: Executions;
  /**
   * Requests that returned 500 although their functions did not crash. Each is a defect that a
   * client's retry would hide.
   */
  readonly serverErrors: string[] = [];
  readonly #options: WorldOptions;
  readonly #lambda: SimulatedLambda;
  readonly #api: SimulatedApi;
  readonly #dispatcher: ServiceDispatcher;

  constructor(
    systemModel: SystemModel,
    conditions: Conditions = idealConditions,
    options: WorldOptions = {},
  ) {
    const { resources } = systemModel;
    this.#options = options;
    this.conditions = conditions;
    this.random = new SeededRandom(options.seed ?? 1);
    const idle = this.random.fork('nobody');
    this.time = new VirtualTime(options.startMilliseconds ?? START_MILLISECONDS, {
      clockSkew: () => currentInvocation()?.clockSkewMilliseconds ?? 0,
      random: () => (currentInvocation()?.random ?? idle).next(),
    });
    const tables = [
      ...resources.ofType('AWS::DynamoDB::Table'),
      ...resources.ofType('AWS::DynamoDB::GlobalTable'),
    ];
    this.dynamodb = new MemoryDynamoDb(
      tables,
      () => this.time.now,
      (name, change) => {
        options.onChange?.(name, change);
        this.streams.append(name, change);
      },
    );
    const { time, random } = this;
    this.#lambda = new SimulatedLambda({
      functions: systemModel.functions,
      time,
      random,
      clockSkewMilliseconds: (of) => this.conditions.clockSkewMilliseconds(of),
      onInvoked: (invocation, result) => options.onInvoked?.(invocation, result),
    });
    const invoke = (arn: string, event: unknown): Promise<InvokeResult> =>
      this.#lambda.invoke(arn, event);
    this.#api = new SimulatedApi({
      routes: systemModel.routes,
      time,
      invoke,
      onServerError: (what) => this.serverErrors.push(what),
    });
    this.queues = new SimulatedQueues(resources, {
      time,
      random,
      invoke,
      messageDelivery: () => this.conditions.messageDelivery,
    });
    this.streams = new SimulatedStreams(resources, {
      time,
      random,
      invoke,
      send: (queueArn, body) => this.queues.send(queueArn, body),
      lagMilliseconds: (of) => this.conditions.streamLag(of),
      isRedelivered: (of) => this.conditions.isBatchRedelivered(of),
    });
    this.executions = new Executions(machinesOf(resources), invoke);
    const buses = createEventBuses(resources, {
      deliver: async (queueArn, body) => this.queues.send(queueArn, body),
    });
    const actions: Readonly<Record<string, AwsAction>> = {
      ...this.dynamodb.actions,
      ...this.executions.actions,
      'AWSEvents.PutEvents': async (request) => {
        const response = await buses.actions['AWSEvents.PutEvents']?.(request);
        this.#reportEvents(request);
        return response;
      },
      ...createSqsActions(this.queues),
      ...this.streams.actions,
      // Function logs are not kept.
      'Logs_20140328.FilterLogEvents': () => ({ events: [] }),
    };
    this.#dispatcher = new ServiceDispatcher({
      actions,
      locks: new LockedTables(this.dynamodb, this.time),
      api: this.#api,
      lambda: this.#lambda,
      conditions: () => this.conditions,
    });
  }

  /** Runs a scenario in this world; returns its result. */
  async run<Value>(scenario: (world: this) => Promise<Value>): Promise<Value> {
    const { worldNumber, disconnect } = connectWorld({
      call: (call, perform) => this.#call(call, perform),
      recordsCallSites: this.#options.recordsCallSites ?? false,
    });
    this.#lambda.worldId = worldNumber;
    const { write } = process.stdout;
    // Function logs are discarded; the trace of a scenario comes from onCall.
    process.stdout.write = () => true;
    try {
      return await this.time.run(() => scenario(this));
    } finally {
      process.stdout.write = write;
      disconnect();
    }
  }

  /** Sends a request through the API without its authorizers: the caller's identity is trusted. */
  async request<Body = Readonly<Record<string, unknown>>>(
    route: string,
    request: ApiRequest,
  ): Promise<ApiResponse<Body>> {
    const [method = '', target = ''] = route.split(' ');
    return (await this.#api.handle(method, target, request)) as ApiResponse<Body>;
  }

  /** Invokes a function by its handler, `<context>/<handler>`. */
  invokeHandler(name: string, event: unknown): Promise<InvokeResult> {
    return this.#lambda.invokeHandler(name, event);
  }

  /**
   * Waits until no work is in progress: no invocation, no unconsumed message, no unprocessed stream
   * record, and no saga.
   */
  async settle(secondsMax = 24 * 60 * 60): Promise<void> {
    const deadline = this.time.now + secondsMax * SECOND;
    while (this.isBusy) {
      if (this.time.now > deadline)
        throw new Error(`The world has not settled after ${secondsMax} s.`);
      await this.time.wait(SECOND);
    }
  }

  get isBusy(): boolean {
    return (
      this.#lambda.runningCount > 0 ||
      this.queues.pendingCount > 0 ||
      this.streams.pendingCount > 0 ||
      this.executions.runningCount > 0
    );
  }

  /** Returns the items of the table whose name contains `part`, such as `Orders`. */
  tableItems(part: string): readonly Readonly<Record<string, unknown>>[] {
    const tables = [...this.dynamodb.tables.values()].filter(({ name }) => name.includes(part));
    const [table, ...others] = tables;
    if (table === undefined || others.length > 0)
      throw new Error(`${tables.length} tables have a name with ${part}, must be one.`);
    return [...table.items()].map((item) => plainItem(item));
  }

  #call(call: Call, perform?: () => Promise<unknown>): Promise<ServiceResponse> {
    const performed =
      perform === undefined
        ? () => this.#dispatcher.perform(call)
        : async () => ({ status: 200, body: await perform() });
    return performCall(call, performed, {
      faultPlan: this.conditions.faultPlan,
      wait: (milliseconds) => this.time.wait(milliseconds),
      onAttempt: (attempt, fault) => this.#options.onCall?.({ call: attempt, fault }),
    });
  }

  #reportEvents(request: unknown): void {
    const { Entries } = request as {
      readonly Entries: readonly { readonly DetailType: string; readonly Detail: string }[];
    };
    for (const { DetailType: type, Detail } of Entries) {
      const { eventId } = JSON.parse(Detail) as { readonly eventId: string };
      this.#options.onEvent?.({ type, eventId });
    }
  }
}
