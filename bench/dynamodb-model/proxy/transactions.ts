import { type Action, itemIdOf } from '../../capacity/actions.ts';
import { itemsReadUnits, rejectedUnits } from '../../capacity/request-units.ts';
import { drawFrom, type ModelClock } from '../clock/model-clock.ts';
import { pairWithImages, readDemands, writeDemands } from '../demands.ts';
import {
  cancelledTransaction,
  inProgressError,
  parameterMismatchError,
} from '../error-responses.ts';
import type { Meter } from '../meter.ts';
import type { DynamoDbModel } from '../model.ts';
import type { Partitions } from '../partitions.ts';
import type { TransactionLocks } from '../transaction-locks.ts';
import { TransactionTokens } from '../transaction-tokens.ts';
import type { ItemCache } from './item-cache.ts';
import type { GovernedResponse, ModelTiming } from './model-timing.ts';
import { type DynamoDbRequest, isSuccess, successResponse } from './protocol.ts';

type TransactionsOptions = {
  readonly model: DynamoDbModel;
  readonly clock: ModelClock;
  readonly itemCache: ItemCache;
  readonly meter: Meter;
  readonly partitions: Partitions;
  readonly locks: TransactionLocks;
  readonly timing: ModelTiming;
};

/** Accepts or rejects transactions: by their tokens, their partitions' capacity and the locks. */
export class Transactions {
  readonly #model: DynamoDbModel;
  readonly #clock: ModelClock;
  readonly #itemCache: ItemCache;
  readonly #meter: Meter;
  readonly #partitions: Partitions;
  readonly #locks: TransactionLocks;
  readonly #timing: ModelTiming;
  readonly #tokens: TransactionTokens;

  constructor(options: TransactionsOptions) {
    this.#model = options.model;
    this.#clock = options.clock;
    this.#itemCache = options.itemCache;
    this.#meter = options.meter;
    this.#partitions = options.partitions;
    this.#locks = options.locks;
    this.#timing = options.timing;
    this.#tokens = new TransactionTokens(() => options.clock.now());
  }

  /** Runs a write transaction, and at most once for each client request token. */
  async write(incoming: DynamoDbRequest, actions: readonly Action[]): Promise<GovernedResponse> {
    const { ClientRequestToken: token, TransactItems } = incoming.body;
    if (typeof token !== 'string') return this.#writeOnce(incoming, actions);
    const seen = this.#tokens.begin(token, TransactItems);
    if (seen === 'mismatch') return this.#timing.reject(parameterMismatchError());
    if (seen === 'running') return this.#timing.reject(inProgressError());
    if (seen === 'done') {
      await this.#clock.sleep(drawFrom(this.#model.readMilliseconds));
      return {
        response: successResponse({}),
        units: itemsReadUnits(await this.#itemCache.load(actions), 'transactional'),
      };
    }
    let succeeded = false;
    try {
      const metered = await this.#writeOnce(incoming, actions);
      succeeded = isSuccess(metered.response);
      return metered;
    } finally {
      this.#tokens.end(token, succeeded);
    }
  }

  async #writeOnce(
    incoming: DynamoDbRequest,
    actions: readonly Action[],
  ): Promise<GovernedResponse> {
    const before = await this.#itemCache.load(actions);
    // No await from here until the locks are acquired, so no other request runs in between.
    const demands = writeDemands(actions, before, this.#itemCache.shapeOf, true);
    const throttled = this.#partitions.tryConsume('write', demands);
    if (throttled.length > 0)
      return this.#timing.reject(
        cancelledTransaction(actions.length, throttled, 'ThrottlingError'),
        'throttle',
      );
    const ids = actions.map(itemIdOf);
    const locked = this.#locks.lockedIndexes(ids);
    if (locked.length > 0) {
      const units = rejectedUnits(pairWithImages(actions, before), true);
      return this.#timing.reject(
        cancelledTransaction(actions.length, locked, 'TransactionConflict'),
        'conflict',
        units,
      );
    }
    this.#locks.acquire(ids);
    try {
      const lockMilliseconds = drawFrom(this.#model.lockMilliseconds);
      return await this.#timing.work(
        () => this.#meter.run(incoming, actions),
        lockMilliseconds / 2,
        ({ response }) => (isSuccess(response) ? lockMilliseconds : lockMilliseconds / 2),
      );
    } finally {
      this.#locks.release(ids);
    }
  }

  async read(incoming: DynamoDbRequest, actions: readonly Action[]): Promise<GovernedResponse> {
    const locked = this.#locks.lockedIndexes(actions.map(itemIdOf));
    if (locked.length > 0)
      return this.#timing.reject(
        cancelledTransaction(actions.length, locked, 'TransactionConflict'),
        'conflict',
      );
    const throttled = this.#partitions.tryConsume(
      'read',
      readDemands(incoming, actions, await this.#itemCache.load(actions), this.#itemCache.shapeOf),
    );
    if (throttled.length > 0)
      return this.#timing.reject(
        cancelledTransaction(actions.length, throttled, 'ThrottlingError'),
        'throttle',
      );
    return this.#timing.work(
      () => this.#meter.run(incoming, actions),
      drawFrom(this.#model.readMilliseconds),
    );
  }
}
