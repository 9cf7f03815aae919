import { type AwsAction, AwsFault } from '../../local/aws-fault.ts';
import type { InvokeResult } from '../../local/functions/functions.ts';
import { busesOf, machinesOf } from '../../local/run-templates.ts';
import { Executions } from '../../local/step-functions/executions.ts';
import type { Blueprint } from './blueprint.ts';
import { type Answer, type Call, carry, type Fault } from './calls.ts';
import { Chance } from './chance.ts';
import { type Conditions, smoothConditions } from './conditions.ts';
import { LockedTables } from './dynamodb/locked-tables.ts';
import { DynamoFault, MemoryDynamoDb } from './dynamodb/memory-dynamodb.ts';
import { partly } from './dynamodb/partly.ts';
import type { Change } from './dynamodb/table.ts';
import { type Asked, type Response, SimulatedApi } from './functions/api.ts';
import { type Invocation, invocationNow } from './functions/invocation.ts';
import { SimulatedLambda } from './functions/lambda.ts';
import { connect, type HttpCallRequest, type LambdaInvokeRequest } from './functions/transport.ts';
import { SimulatedQueues } from './messaging/queues.ts';
import { sqsActions } from './messaging/sqs-actions.ts';
import { SimulatedStreams } from './messaging/streams.ts';
import { plainItem } from './plain-item.ts';
import { VirtualTime } from './virtual-time.ts';

export type Told = { readonly call: Call; readonly fault: Fault | undefined };

export type WorldOptions = {
  readonly seed?: number;
  /** Epoch milliseconds. */
  readonly start?: number;
  readonly recordsSites?: boolean;
  /** Told of each attempt of each call. */
  readonly onCall?: (told: Told) => void;
  readonly onChange?: (tableName: string, change: Change) => void;
  /** Told of what each invocation came to. */
  readonly onInvoked?: (invocation: Invocation, result: InvokeResult) => void;
  /** Told of each event that a bus took. */
  readonly onEvent?: (event: { readonly type: string; readonly eventId: string }) => void;
};

const START = Date.parse('2026-11-23T12:00:00.000Z');
const SECOND = 1_000;

/**
 * Stockbook in one process, under a virtual clock: the handlers of the functions and the synthesized templates that wire them, on
 * services in memory. `conditions` may change while the story runs.
 */
export class World {
  conditions: Conditions;
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly dynamodb: MemoryDynamoDb;
  readonly queues: SimulatedQueues;
  readonly streams: SimulatedStreams;
  readonly executions: Executions;
  /** Requests that were answered 500 although their functions lived: each is a defect, which a client's retry would hide. */
  readonly serverErrors: string[] = [];
  readonly #options: WorldOptions;
  readonly #actions: Readonly<Record<string, AwsAction>>;
  readonly #locks: LockedTables;
  readonly #lambda: SimulatedLambda;
  readonly #api: SimulatedApi;

  constructor(
    blueprint: Blueprint,
    conditions: Conditions = smoothConditions,
    options: WorldOptions = {},
  ) {
    const { resources } = blueprint;
    this.#options = options;
    this.conditions = conditions;
    this.chance = new Chance(options.seed ?? 1);
    const idle = this.chance.of('nobody');
    this.time = new VirtualTime(options.start ?? START, {
      skew: () => invocationNow()?.skewMilliseconds ?? 0,
      random: () => (invocationNow()?.chance ?? idle).next(),
    });
    const tables = [
      ...resources.of('AWS::DynamoDB::Table'),
      ...resources.of('AWS::DynamoDB::GlobalTable'),
    ];
    this.dynamodb = new MemoryDynamoDb(
      tables,
      () => this.time.now,
      (name, change) => {
        options.onChange?.(name, change);
        this.streams.follow(name, change);
      },
    );
    this.#locks = new LockedTables(this.dynamodb, this.time);
    const { time, chance } = this;
    this.#lambda = new SimulatedLambda({
      functions: blueprint.functions,
      time,
      chance,
      skewMilliseconds: (of) => this.conditions.skewMilliseconds(of),
      onInvoked: (invocation, result) => options.onInvoked?.(invocation, result),
    });
    const invoke = (arn: string, event: unknown): Promise<InvokeResult> =>
      this.#lambda.invoke(arn, event);
    this.#api = new SimulatedApi({
      routes: blueprint.routes,
      time,
      invoke,
      onServerError: (what) => this.serverErrors.push(what),
    });
    this.queues = new SimulatedQueues(resources, {
      time,
      chance,
      invoke,
      post: () => this.conditions.post,
    });
    this.streams = new SimulatedStreams(resources, {
      time,
      chance,
      invoke,
      send: (queueArn, body) => this.queues.send(queueArn, body),
      lag: (of) => this.conditions.streamLag(of),
      isRepeated: (of) => this.conditions.isBatchRepeated(of),
    });
    this.executions = new Executions(machinesOf(resources), invoke);
    const buses = busesOf(resources, async (queueArn, body) => this.queues.send(queueArn, body));
    this.#actions = {
      ...this.dynamodb.actions,
      ...this.executions.actions,
      'AWSEvents.PutEvents': async (request) => {
        const answered = await buses.actions['AWSEvents.PutEvents']?.(request);
        this.#tellEvents(request);
        return answered;
      },
      ...sqsActions(this.queues),
      ...this.streams.actions,
      // What functions log is not kept.
      'Logs_20140328.FilterLogEvents': () => ({ events: [] }),
    };
  }

  /** Tells a story in this world; its answer. */
  async tell<Value>(story: (world: this) => Promise<Value>): Promise<Value> {
    const { worldNumber, part } = connect({
      call: (call, perform) => this.#call(call, perform),
      recordsSites: this.#options.recordsSites ?? false,
    });
    this.#lambda.worldNumber = worldNumber;
    const { write } = process.stdout;
    // What the functions log is theirs; a story's trace is told by onCall.
    process.stdout.write = () => true;
    try {
      return await this.time.run(() => story(this));
    } finally {
      process.stdout.write = write;
      part();
    }
  }

  /** A request through the API, past its authorizers: who asks is believed. */
  async request<Body = Readonly<Record<string, unknown>>>(
    route: string,
    asked: Asked,
  ): Promise<Response<Body>> {
    const [method = '', target = ''] = route.split(' ');
    return (await this.#api.answer(method, target, asked)) as Response<Body>;
  }

  /** Invokes a function by its handler, `<context>/<handler>`. */
  invokeHandler(name: string, event: unknown): Promise<InvokeResult> {
    return this.#lambda.invokeHandler(name, event);
  }

  /** Waits until nothing is under way: no invocation, no message that is to be consumed, no record of a stream. */
  async settle(secondsMax = 24 * 60 * 60): Promise<void> {
    const deadline = this.time.now + secondsMax * SECOND;
    while (this.isBusy) {
      if (this.time.now > deadline) throw new Error(`not settled after ${secondsMax} s`);
      await this.time.wait(SECOND);
    }
  }

  get isBusy(): boolean {
    return (
      this.#lambda.running > 0 ||
      this.queues.underWay > 0 ||
      this.streams.underWay > 0 ||
      this.executions.running > 0
    );
  }

  /** The table whose logical id begins so: `Inventory`, `Orders`. */
  tableItems(part: string): readonly Readonly<Record<string, unknown>>[] {
    const tables = [...this.dynamodb.tables.values()].filter(({ name }) => name.includes(part));
    const [table, ...others] = tables;
    if (table === undefined || others.length > 0)
      throw new Error(`${tables.length} tables are called ${part}`);
    return [...table.items()].map((item) => plainItem(item));
  }

  #call(call: Call, perform?: () => Promise<unknown>): Promise<Answer> {
    const performed =
      perform === undefined
        ? () => this.#perform(call)
        : async () => ({ status: 200, body: await perform() });
    return carry(call, performed, {
      trouble: this.conditions.trouble,
      wait: (milliseconds) => this.time.wait(milliseconds),
      tell: (told, fault) => this.#options.onCall?.({ call: told, fault }),
    });
  }

  async #perform(call: Call): Promise<Answer> {
    if (call.service === 'http') {
      const { method, path, headers, body } = call.request as HttpCallRequest;
      const { userArn } = call.invocation;
      const given = body === undefined ? {} : { body: JSON.parse(body) as unknown };
      return this.#api.answer(method, path, { ...given, headers, by: { service: userArn } });
    }
    if (call.service === 'lambda') {
      const { functionArn, payload } = call.request as LambdaInvokeRequest;
      const result = await this.#lambda.invoke(functionArn, payload);
      return result.ok
        ? { status: 200, body: result.payload ?? null }
        : { status: 200, body: result.error, headers: { 'x-amz-function-error': 'Unhandled' } };
    }
    const fault = this.conditions.trouble.faultOf(call);
    const isPartial = fault === 'partial' && call.attempt === 1;
    try {
      return { status: 200, body: await this.#act(call, isPartial) };
    } catch (thrown) {
      if (!(thrown instanceof AwsFault)) throw thrown;
      const fields = thrown instanceof DynamoFault ? thrown.fields : {};
      return { status: 400, body: { __type: thrown.name, message: thrown.message, ...fields } };
    }
  }

  async #act(call: Call, isPartial: boolean): Promise<unknown> {
    const { service, operation, request, invocation } = call;
    const prefix = {
      dynamodb: 'DynamoDB_20120810',
      streams: 'DynamoDBStreams_20120810',
      events: 'AWSEvents',
      states: 'AWSStepFunctions',
      sqs: 'AmazonSQS',
      logs: 'Logs_20140328',
      lambda: '',
      http: '',
      provider: '',
    }[service];
    const action = this.#actions[`${prefix}.${operation}`];
    if (action === undefined) throw new Error(`the simulation does not know ${operation}`);
    if (isPartial) return partly(operation, request, action, invocation.chance);
    if (service !== 'dynamodb') return action(request);
    const held = this.conditions.transactionMilliseconds(invocation.chance);
    return this.#locks.act(operation, request, () => action(request), held);
  }

  #tellEvents(request: unknown): void {
    const { Entries } = request as {
      readonly Entries: readonly { readonly DetailType: string; readonly Detail: string }[];
    };
    for (const { DetailType: type, Detail } of Entries) {
      const { eventId } = JSON.parse(Detail) as { readonly eventId: string };
      this.#options.onEvent?.({ type, eventId });
    }
  }
}
