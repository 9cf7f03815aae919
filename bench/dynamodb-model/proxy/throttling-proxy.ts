import { type Action, isTransactional, itemIdOf } from '../../capacity/actions.ts';
import { rejectedUnits } from '../../capacity/request-units.ts';
import { splitBatch } from '../batches.ts';
import { CallLog, type OnCall, type ThrottlingStats } from '../call-log.ts';
import { drawFrom, type ModelClock } from '../clock/model-clock.ts';
import { pairWithImages, queryDemands, readDemands, writeDemands } from '../demands.ts';
import { conflictError, throttlingError } from '../error-responses.ts';
import { Meter, type MeteredResponse } from '../meter.ts';
import type { DynamoDbModel, Range } from '../model.ts';
import { type Demand, Partitions } from '../partitions.ts';
import { TransactionLocks } from '../transaction-locks.ts';
import type { Forward } from './http-proxy.ts';
import { ItemCache } from './item-cache.ts';
import { type GovernedResponse, ModelTiming } from './model-timing.ts';
import type { DynamoDbRequest } from './protocol.ts';
import { Transactions } from './transactions.ts';

export type ThrottlingOptions = {
  /** Endpoint of DynamoDB Local. */
  readonly endpoint: string;
  /** Clock of the model's time. Default: the machine's clock. */
  readonly clock?: ModelClock;
  readonly model?: Partial<DynamoDbModel>;
  readonly onCall?: OnCall;
  /** Serves batches of reads from the cache for tables that were created through the proxy. */
  readonly servesReadsFromCache?: boolean;
};

/**
 * Accepts or rejects each request as the model of DynamoDB does. DynamoDB Local executes the
 * accepted ones.
 */
export class ThrottlingProxy {
  readonly callLog = new CallLog();
  readonly #model: DynamoDbModel;
  readonly #clock: ModelClock;
  readonly #forward: Forward;
  readonly #onCall: OnCall;
  readonly #itemCache: ItemCache;
  readonly #meter: Meter;
  readonly #partitions: Partitions;
  readonly #locks = new TransactionLocks();
  readonly #timing: ModelTiming;
  readonly #transactions: Transactions;
  #isUnthrottled = false;

  constructor(
    forward: Forward,
    {
      model,
      clock,
      onCall,
      servesReadsFromCache,
    }: Required<Omit<ThrottlingOptions, 'endpoint' | 'model'>> & { model: DynamoDbModel },
  ) {
    this.#forward = forward;
    this.#model = model;
    this.#onCall = onCall;
    this.#clock = clock;
    this.#itemCache = new ItemCache(forward);
    this.#meter = new Meter(forward, this.#itemCache, { servesReadsFromCache });
    this.#partitions = new Partitions(model, () => this.#clock.now());
    this.#timing = new ModelTiming(clock, model);
    this.#transactions = new Transactions({
      model,
      clock,
      itemCache: this.#itemCache,
      meter: this.#meter,
      partitions: this.#partitions,
      locks: this.#locks,
      timing: this.#timing,
    });
  }

  stats = (): ThrottlingStats => ({
    forwarded: this.#timing.forwarded,
    late: this.#timing.late,
    isolatedKeys: this.#partitions.isolatedKeys,
  });

  reset(): void {
    this.callLog.reset();
    this.#timing.reset();
  }

  /** Runs `work` without limits and delays. */
  async runUnthrottled(work: () => Promise<void>): Promise<void> {
    this.#isUnthrottled = true;
    try {
      await work();
    } finally {
      this.#isUnthrottled = false;
    }
  }

  handle: Forward = async (incoming) => {
    if (incoming.api === 'DynamoDBStreams') return this.#forward(incoming);
    const at = Date.now();
    const actions = await this.#meter.actionsOf(incoming);
    if (this.#isUnthrottled) return (await this.#meter.run(incoming, actions)).response;
    const network = drawFrom(this.#model.networkMilliseconds);
    await this.#clock.sleep(network / 2);
    const { response, units, rejection } = await this.#decide(incoming, actions);
    await this.#clock.sleep(network / 2);
    const call = this.callLog.add(incoming, response, {
      at,
      actions: actions.length,
      transactional: isTransactional(incoming),
      rejection,
      ...units,
    });
    this.#onCall(call, incoming);
    return response;
  };

  #decide(incoming: DynamoDbRequest, actions: readonly Action[]): Promise<GovernedResponse> {
    switch (incoming.operation) {
      case 'TransactWriteItems':
        return this.#transactions.write(incoming, actions);
      case 'TransactGetItems':
        return this.#transactions.read(incoming, actions);
      case 'BatchGetItem':
      case 'BatchWriteItem':
        return this.#batch(incoming, actions);
      case 'PutItem':
      case 'UpdateItem':
      case 'DeleteItem':
        return this.#writeOne(incoming, actions);
      case 'GetItem':
      case 'Query':
        return this.#readOne(incoming, actions);
      default:
        return this.#meter.run(incoming, actions);
    }
  }

  async #writeOne(
    incoming: DynamoDbRequest,
    actions: readonly Action[],
  ): Promise<GovernedResponse> {
    const before = await this.#itemCache.load(actions);
    if (
      this.#partitions.tryConsume(
        'write',
        writeDemands(actions, before, this.#itemCache.shapeOf, false),
      ).length > 0
    )
      return this.#timing.reject(throttlingError('write'), 'throttle');
    if (this.#locks.lockedIndexes(actions.map(itemIdOf)).length > 0)
      return this.#timing.reject(
        conflictError(),
        'conflict',
        rejectedUnits(pairWithImages(actions, before), false),
      );
    return this.#workFor(this.#model.writeMilliseconds, incoming, actions);
  }

  async #readOne(incoming: DynamoDbRequest, actions: readonly Action[]): Promise<GovernedResponse> {
    const demands =
      incoming.operation === 'Query'
        ? queryDemands(incoming, this.#itemCache.shapeOf)
        : await this.#readDemands(incoming, actions);
    if (this.#partitions.tryConsume('read', demands).length > 0)
      return this.#timing.reject(throttlingError('read'), 'throttle');
    return this.#workFor(this.#model.readMilliseconds, incoming, actions);
  }

  /**
   * Leaves items unprocessed that are locked or whose partitions have no capacity. Rejects the
   * request if that is all of them.
   */
  async #batch(incoming: DynamoDbRequest, actions: readonly Action[]): Promise<GovernedResponse> {
    const kind = incoming.operation === 'BatchGetItem' ? 'read' : 'write';
    const demands =
      kind === 'read'
        ? await this.#readDemands(incoming, actions)
        : writeDemands(
            actions,
            await this.#itemCache.load(actions),
            this.#itemCache.shapeOf,
            false,
          );
    const locked = kind === 'write' ? this.#locks.lockedIndexes(actions.map(itemIdOf)) : [];
    const left = new Set(locked);
    for (const [index, demand] of demands.entries())
      if (!left.has(index) && this.#partitions.tryConsume(kind, [demand]).length > 0)
        left.add(index);
    if (left.size === actions.length) return this.#timing.reject(throttlingError(kind), 'throttle');
    const range = kind === 'read' ? this.#model.readMilliseconds : this.#model.writeMilliseconds;
    if (left.size === 0) return this.#workFor(range, incoming, actions);
    const part = splitBatch(incoming, left);
    const { response, units } = await this.#workFor(
      range,
      part.incoming,
      actions.filter((_, index) => !left.has(index)),
    );
    return { response: part.completed(response), units, rejection: 'throttle' };
  }

  #workFor = (
    range: Range,
    incoming: DynamoDbRequest,
    actions: readonly Action[],
  ): Promise<MeteredResponse> =>
    this.#timing.work(() => this.#meter.run(incoming, actions), drawFrom(range));

  async #readDemands(incoming: DynamoDbRequest, actions: readonly Action[]): Promise<Demand[]> {
    return readDemands(
      incoming,
      actions,
      await this.#itemCache.load(actions),
      this.#itemCache.shapeOf,
    );
  }
}
