import type { MovementKind } from '../../../contracts/api/inventory.ts';
import type { EpochSeconds, Instant } from '../../../shared/core/instant.ts';
import type { Movement } from '../ledger/movement.ts';
import {
  type AccountTotals,
  NO_TOTALS,
  RunningTotals,
  type UnitsByBucket,
} from './running-totals.ts';

/**
 * Movements of one change in one cell. The key orders them: it consists of the deciding function's
 * clock and the change's id.
 */
export type MovementBatch = {
  readonly key: string;
  readonly at: Instant;
  readonly operationId: string;
  readonly movements: readonly Movement[];
};

/** Units that the movements of one reservation left in a cell. */
export type Position = {
  readonly reservationId: string;
  readonly orderId: string | undefined;
  readonly held: UnitsByBucket;
  readonly committed: number;
  /** Committed units that were shipped, and committed units that were released. */
  readonly shipped: number;
  readonly released: number;
  /** Time of its latest movement. */
  readonly since: Instant;
  /** Kind of the movement that is last in the life of a reservation. */
  readonly lastKind: MovementKind | undefined;
};

/**
 * A receipt, adjustment, return or repair among the movements. It must have an operation record.
 */
export type Posting = {
  readonly operationId: string;
  readonly movementIds: readonly string[];
  readonly quantity: number;
  readonly at: Instant;
};

/** Balance of a cell, computed from its movements. */
export type ReplayedBalance = AccountTotals & {
  /** By reservation. A position without units stays until the next checkpoint. */
  readonly positions: ReadonlyMap<string, Position>;
  readonly postings: ReadonlyMap<string, Posting>;
  /** Ids of the movements of the postings. */
  readonly movementIds: ReadonlySet<string>;
};

type ReplayStart = AccountTotals & { readonly positions: Iterable<Position> };

/** Adds up movements, in any order. Memory grows with positions and postings only. */
export class BalanceReplay {
  readonly #totals: RunningTotals;
  readonly #positions: Map<string, RunningPosition>;
  readonly #postings = new Map<string, Posting>();
  readonly #movementIds = new Set<string>();
  #batchCount = 0;

  constructor(start: ReplayStart = { ...NO_TOTALS, positions: [] }) {
    this.#totals = new RunningTotals(start);
    this.#positions = new Map(
      [...start.positions].map((one) => [one.reservationId, new RunningPosition(one)]),
    );
  }

  /** Number of batches added, without those before the start. */
  get batchCount(): number {
    return this.#batchCount;
  }

  add({ operationId, movements, at }: MovementBatch): void {
    this.#batchCount += 1;
    for (const movement of movements) {
      if (movement.kind !== 'REBUILT') this.#addMovement(movement);
    }
    const posted = movements.filter(
      ({ kind, reservationId }) => reservationId === undefined && kind !== 'EXPIRED',
    );
    if (posted.length === 0) return;
    const movementIds = posted.map(({ movementId }) => movementId);
    for (const id of movementIds) this.#movementIds.add(id);
    const quantity = posted.reduce((units, movement) => units + movement.quantity, 0);
    this.#postings.set(operationId, { operationId, movementIds, quantity, at });
  }

  /** Returns a copy that later batches do not change. */
  snapshot(): ReplayedBalance {
    return {
      ...this.#totals.snapshot(),
      positions: new Map([...this.#positions].map(([id, position]) => [id, position.snapshot()])),
      postings: new Map(this.#postings),
      movementIds: new Set(this.#movementIds),
    };
  }

  #addMovement(movement: Movement): void {
    this.#totals.apply(movement);
    const { kind, reservationId } = movement;
    // An EXPIRED movement belongs to the holds that expired, not to the change that released them.
    if (reservationId === undefined || kind === 'EXPIRED') return;
    const position = this.#positions.get(reservationId) ?? RunningPosition.empty(reservationId);
    this.#positions.set(reservationId, position);
    position.add(movement);
  }
}

class RunningPosition {
  readonly #reservationId: string;
  #orderId: string | undefined;
  #since: Instant;
  #lastKind: MovementKind | undefined;
  #shipped: number;
  #released: number;
  readonly #totals: RunningTotals;

  static empty(reservationId: string): RunningPosition {
    const { held, committed } = NO_TOTALS;
    return new RunningPosition({
      reservationId,
      orderId: undefined,
      held,
      committed,
      shipped: 0,
      released: 0,
      since: 0,
      lastKind: undefined,
    });
  }

  constructor({ reservationId, orderId, since, lastKind, held, committed, ...parts }: Position) {
    this.#shipped = parts.shipped;
    this.#released = parts.released;
    this.#reservationId = reservationId;
    this.#orderId = orderId;
    this.#since = since;
    this.#lastKind = lastKind;
    this.#totals = new RunningTotals({ available: 0, held, committed });
  }

  add(movement: Movement): void {
    this.#orderId = movement.orderId ?? this.#orderId;
    // Keys are ordered by clocks that differ, and a restored movement took effect before it was
    // written.
    this.#since = Math.max(this.#since, movement.effectiveAt ?? movement.at);
    this.#lastKind = laterKindOf(this.#lastKind, movement.kind);
    this.#totals.apply(movement);
    if (movement.kind === 'SHIPPED') this.#shipped += movement.quantity;
    else if (movement.kind === 'RELEASED' && movement.from.account === 'committed')
      this.#released += movement.quantity;
  }

  snapshot(): Position {
    const { held, committed } = this.#totals.snapshot();
    return {
      reservationId: this.#reservationId,
      orderId: this.#orderId,
      held,
      committed,
      shipped: this.#shipped,
      released: this.#released,
      since: this.#since,
      lastKind: this.#lastKind,
    };
  }
}

/**
 * Returns the kind that is later in the life of a reservation. A reservation ends when its units
 * are released or shipped. Times cannot decide this: two steps may have the same time, and the
 * clocks of the functions differ.
 */
const laterKindOf = (one: MovementKind | undefined, other: MovementKind): MovementKind =>
  one === 'SHIPPED' || (one === 'RELEASED' && other !== 'SHIPPED') ? one : other;

/**
 * Returns the buckets of a position that are not expired. Units of an expired bucket are available
 * again. A negative bucket stays, because it shows a lost movement.
 */
export const openBucketsOf = (
  { held }: Pick<Position, 'held'>,
  expiredThrough: EpochSeconds,
): UnitsByBucket =>
  new Map([...held].filter(([bucket, units]) => bucket > expiredThrough || units < 0));
