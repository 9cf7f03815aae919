import { type Action, isTransactional, itemIdOf } from '../../capacity/actions.ts';
import {
  itemsReadUnits,
  NO_UNITS,
  rejectedUnits,
  type Units,
} from '../../capacity/request-units.ts';
import { splitBatch } from '../batches.ts';
import { CallLog, type OnCall, type RejectionReason, type ThrottlingStats } from '../call-log.ts';
import { drawFrom, type ModelClock } from '../clock/model-clock.ts';
import { pairWithImages, queryDemands, readDemands, writeDemands } from '../demands.ts';
import {
  cancelledTransaction,
  conflictError,
  inProgressError,
  parameterMismatchError,
  throttlingError,
} from '../error-responses.ts';
import { Meter, type MeteredResponse } from '../meter.ts';
import type { DynamoDbModel, Range } from '../model.ts';
import { type Demand, Partitions } from '../partitions.ts';
import { TransactionLocks } from '../transaction-locks.ts';
import { TransactionTokens } from '../transaction-tokens.ts';
import type { Forward } from './http-proxy.ts';
import { ItemCache } from './item-cache.ts';
import {
  type DynamoDbRequest,
  type DynamoDbResponse,
  isSuccess,
  successResponse,
} from './protocol.ts';

type GovernedResponse = MeteredResponse & { readonly rejection?: RejectionReason };

export type ThrottlingOptions = {
  /** Endpoint of DynamoDB Local. */
  readonly endpoint: string;
  /** Clock of the modelled time; by default the machine's. */
  readonly clock?: ModelClock;
  readonly model?: Partial<DynamoDbModel>;
  readonly onCall?: OnCall;
  /** Serves batches of reads from the cache for tables that were created through the proxy. */
  readonly servesReadsFromCache?: boolean;
};

/** Decides on each request as the model has it, and lets DynamoDB Local do the work. */
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
  readonly #tokens: TransactionTokens;
  #isUnthrottled = false;
  #forwarded = 0;
  #late = 0;

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
    this.#meter = new Meter(forward, this.#itemCache, {
      servesReadsFromCache: servesReadsFromCache,
    });
    this.#partitions = new Partitions(model, () => this.#clock.now());
    this.#tokens = new TransactionTokens(() => this.#clock.now());
  }

  stats = (): ThrottlingStats => ({
    forwarded: this.#forwarded,
    late: this.#late,
    isolatedKeys: this.#partitions.isolatedKeys,
  });

  reset(): void {
    this.callLog.reset();
    this.#forwarded = 0;
    this.#late = 0;
  }

  /** While this is done nothing is limited or late. */
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
        return this.#writeTransactionOnce(incoming, actions);
      case 'TransactGetItems':
        return this.#readTransaction(incoming, actions);
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

  async #writeTransactionOnce(
    incoming: DynamoDbRequest,
    actions: readonly Action[],
  ): Promise<GovernedResponse> {
    const { ClientRequestToken: token, TransactItems } = incoming.body;
    if (typeof token !== 'string') return this.#writeTransaction(incoming, actions);
    const seen = this.#tokens.begin(token, TransactItems);
    if (seen === 'mismatch') return this.#reject(parameterMismatchError());
    if (seen === 'running') return this.#reject(inProgressError());
    if (seen === 'done') {
      await this.#clock.sleep(drawFrom(this.#model.readMilliseconds));
      return {
        response: successResponse({}),
        units: itemsReadUnits(await this.#itemCache.load(actions), 'transactional'),
      };
    }
    let succeeded = false;
    try {
      const metered = await this.#writeTransaction(incoming, actions);
      succeeded = isSuccess(metered.response);
      return metered;
    } finally {
      this.#tokens.end(token, succeeded);
    }
  }

  async #writeTransaction(
    incoming: DynamoDbRequest,
    actions: readonly Action[],
  ): Promise<GovernedResponse> {
    const before = await this.#itemCache.load(actions);
    // From here to the locks nothing waits, so nobody comes in between.
    const demands = writeDemands(actions, before, this.#itemCache.shapeOf, true);
    const throttled = this.#partitions.tryConsume('write', demands);
    if (throttled.length > 0)
      return this.#reject(
        cancelledTransaction(actions.length, throttled, 'ThrottlingError'),
        'throttle',
      );
    const ids = actions.map(itemIdOf);
    const locked = this.#locks.lockedIndexes(ids);
    if (locked.length > 0) {
      const units = rejectedUnits(pairWithImages(actions, before), true);
      return this.#reject(
        cancelledTransaction(actions.length, locked, 'TransactionConflict'),
        'conflict',
        units,
      );
    }
    this.#locks.acquire(ids);
    try {
      const lockMilliseconds = drawFrom(this.#model.lockMilliseconds);
      return await this.#work(
        () => this.#meter.run(incoming, actions),
        lockMilliseconds / 2,
        ({ response }) => (isSuccess(response) ? lockMilliseconds : lockMilliseconds / 2),
      );
    } finally {
      this.#locks.release(ids);
    }
  }

  async #readTransaction(
    incoming: DynamoDbRequest,
    actions: readonly Action[],
  ): Promise<GovernedResponse> {
    const locked = this.#locks.lockedIndexes(actions.map(itemIdOf));
    if (locked.length > 0)
      return this.#reject(
        cancelledTransaction(actions.length, locked, 'TransactionConflict'),
        'conflict',
      );
    const throttled = this.#partitions.tryConsume(
      'read',
      await this.#readDemands(incoming, actions),
    );
    if (throttled.length > 0)
      return this.#reject(
        cancelledTransaction(actions.length, throttled, 'ThrottlingError'),
        'throttle',
      );
    return this.#workFor(this.#model.readMilliseconds, incoming, actions);
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
      return this.#reject(throttlingError('write'), 'throttle');
    if (this.#locks.lockedIndexes(actions.map(itemIdOf)).length > 0)
      return this.#reject(
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
      return this.#reject(throttlingError('read'), 'throttle');
    return this.#workFor(this.#model.readMilliseconds, incoming, actions);
  }

  /** What its partitions cannot take, and what is locked, is left unprocessed; when that is all of it, the request is refused. */
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
    if (left.size === actions.length) return this.#reject(throttlingError(kind), 'throttle');
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

  async #reject(
    response: DynamoDbResponse,
    rejection?: RejectionReason,
    units: Units = NO_UNITS,
  ): Promise<GovernedResponse> {
    await this.#clock.sleep(drawFrom(this.#model.rejectionMilliseconds));
    return { response, units, ...(rejection && { rejection }) };
  }

  #workFor = (
    range: Range,
    incoming: DynamoDbRequest,
    actions: readonly Action[],
  ): Promise<MeteredResponse> =>
    this.#work(() => this.#meter.run(incoming, actions), drawFrom(range));

  /** Lets DynamoDB Local work while the model's time passes: at least `least`, and then what its answer says in all. */
  async #work(
    work: () => Promise<MeteredResponse>,
    least: number,
    takes: (metered: MeteredResponse) => number = () => least,
  ): Promise<MeteredResponse> {
    const startedAt = this.#clock.now();
    let isOver = false;
    const working = work().finally(() => {
      isOver = true;
    });
    // It is awaited below, whatever comes of it.
    working.catch(() => {});
    await this.#clock.sleep(least);
    this.#forwarded += 1;
    if (!isOver) this.#late += 1;
    const metered = await this.#clock.runOutsideModel(working);
    const left = takes(metered) - (this.#clock.now() - startedAt);
    if (left > 0) await this.#clock.sleep(left);
    return metered;
  }

  async #readDemands(incoming: DynamoDbRequest, actions: readonly Action[]): Promise<Demand[]> {
    return readDemands(
      incoming,
      actions,
      await this.#itemCache.load(actions),
      this.#itemCache.shapeOf,
    );
  }
}
