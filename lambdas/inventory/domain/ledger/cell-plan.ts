import type { MovementKind } from '../../../contracts/api/inventory.ts';
import type { EpochSeconds, Instant } from '../../../shared/core/instant.ts';
import {
  type Cell,
  type CellKey,
  EXPIRY_GRACE_SECONDS,
  expiredBuckets,
  FIRST_SHARD,
  floorOf,
  unitsInBucket,
  unitsInBuckets,
} from './cell.ts';
import { type CellChange, EXPIRED_BUCKETS_PER_CHANGE_MAX, type Guard } from './change.ts';
import { InconsistentStateError } from './inconsistent-state-error.ts';
import {
  type AccountRef,
  AVAILABLE,
  availableInShard,
  COMMITTED,
  heldInBucket,
  type Movement,
  type MovementContext,
  OUTSIDE,
} from './movement.ts';

/** The effect of one command on one cell, before its movements are numbered. */
export type CellPlan = Omit<CellChange, 'movements'> & {
  readonly moves: readonly Move[];
};
type Move = {
  readonly kind: MovementKind;
  readonly quantity: number;
  readonly from: AccountRef;
  readonly to: AccountRef;
};

/**
 * Turns plans into cell changes. Movements are numbered across the whole change, so that deciding
 * again yields the same ids.
 */
export function toCellChanges(plans: readonly CellPlan[], context: MovementContext): CellChange[] {
  const { operationId, ...common } = context;
  let count = 0;
  return plans.map(({ moves, ...plan }) => ({
    ...plan,
    movements: moves.map((transfer): Movement => {
      count += 1;
      return { movementId: `${operationId}.${count}`, ...transfer, ...common };
    }),
  }));
}

/** Plans a new, empty cell. */
export const createCell = (cell: CellKey, floor = 0): CellPlan =>
  createPlan(cell, { isNew: true, moves: [], ...(floor === 0 ? {} : { floor }) });

/** Plans the floor of a home cell; 0 removes it. It moves nothing. */
export const setFloor = (cell: CellKey, floor: number): CellPlan =>
  createPlan(cell, { moves: [], floor });

/** Plans a change that moves nothing: it only records something in the cell. */
export const touchCell = (cell: CellKey): CellPlan => createPlan(cell, { moves: [] });

/** Plans the expiry of buckets back into `available`. */
export const expireBuckets = (cell: Cell, buckets: readonly EpochSeconds[]): CellPlan =>
  createPlan(cell, {
    available: unitsInBuckets(cell, buckets),
    expiredBuckets: buckets,
    guard: { version: cell.version },
    moves: expiryMovesOf(cell, buckets),
  });

/** Plans the arrival of units from other cells. */
export const receiveTransfer = (
  cell: CellKey,
  parts: readonly ShardQuantity[],
  isNew: boolean,
): CellPlan =>
  createPlan(cell, {
    isNew,
    available: parts.reduce((units, { quantity }) => units + quantity, 0),
    moves: parts.map(({ shard, quantity }) => ({
      kind: 'TRANSFERRED',
      quantity,
      from: availableInShard(shard),
      to: AVAILABLE,
    })),
  });
export type ShardQuantity = { readonly shard: number; readonly quantity: number };

type AddedUnits = {
  readonly quantity: number;
  readonly kind: 'RECEIVED' | 'ADJUSTED' | 'RETURNED';
  readonly isNew?: boolean;
  /** Floor of a new cell. */
  readonly floor?: number;
};

/** Plans the arrival of units from outside. */
export const addAvailable = (
  cell: CellKey,
  { quantity, kind, isNew = false, floor = 0 }: AddedUnits,
): CellPlan =>
  createPlan(cell, {
    isNew,
    ...(isNew && floor > 0 ? { floor } : {}),
    available: quantity,
    moves: [{ kind, quantity, from: OUTSIDE, to: AVAILABLE }],
  });

/** Units to take out of an account, and the account they go to. */
type Take = {
  readonly quantity: number;
  readonly kind: MovementKind;
  readonly to: AccountRef;
};

/**
 * Plans to take units from a bucket, on condition that it has not expired when the change is
 * written. Throws InconsistentStateError where the cell holds fewer units than the reservation has.
 */
export function takeHeld(
  cell: Cell,
  { bucket, quantity, kind, to }: Take & { readonly bucket: EpochSeconds },
): CellPlan {
  if (unitsInBucket(cell, bucket) < quantity) {
    throw new InconsistentStateError(
      `cell ${cell.sku}/${cell.locationId} holds ${unitsInBucket(cell, bucket)} until ${bucket}, not ${quantity}`,
    );
  }
  const credit = creditOf(to, quantity);
  return createPlan(cell, {
    available: credit.available,
    committed: credit.committed,
    held: { ...credit.held, [bucket]: -quantity },
    guard: {
      expiredThroughBelow: Math.min(bucket, to.bucket ?? bucket),
      heldMin: { [bucket]: quantity },
    },
    moves: [{ kind, quantity, from: heldInBucket(bucket), to }],
  });
}

/**
 * Plans to take committed units. Throws InconsistentStateError where the cell has fewer than the
 * reservation has.
 */
export function takeCommitted(cell: Cell, { quantity, kind, to }: Take): CellPlan {
  if (cell.committed < quantity) {
    throw new InconsistentStateError(
      `cell ${cell.sku}/${cell.locationId} has ${cell.committed} committed, not ${quantity}`,
    );
  }
  return createPlan(cell, {
    available: creditOf(to, quantity).available,
    committed: -quantity,
    guard: { committedMin: quantity },
    moves: [{ kind, quantity, from: COMMITTED, to }],
  });
}

/**
 * Plans to take units from `available`, after expired buckets were added to it. Buckets within the
 * grace time expire only where their units are needed: an expired hold must never make a request
 * find "out of stock". With `keepsFloor`, the floor of a home cell stays, on condition that it is
 * the one that was read. Returns undefined where the cell has too few units.
 */
export function takeAvailable(
  cell: Cell,
  { quantity, kind, to, now, guard = {}, keepsFloor = false }: TakeAvailable,
): CellPlan | undefined {
  const needed = quantity + (keepsFloor ? floorOf(cell) : 0);
  const buckets = bucketsToExpire(cell, needed, now);
  const expiredUnits = unitsInBuckets(cell, buckets);
  if (cell.available + expiredUnits < needed) return undefined;
  const credit = creditOf(to, quantity);
  return createPlan(cell, {
    available: expiredUnits - quantity,
    committed: credit.committed,
    held: credit.held,
    expiredBuckets: buckets,
    guard: {
      ...guard,
      ...(to.bucket === undefined ? {} : { expiredThroughBelow: to.bucket }),
      availableMin: Math.max(0, needed - expiredUnits),
      ...(keepsFloor && cell.shard === FIRST_SHARD ? { floor: cell.floor ?? null } : {}),
      ...(buckets.length === 0 ? {} : { version: cell.version }),
    },
    moves: [...expiryMovesOf(cell, buckets), { kind, quantity, from: AVAILABLE, to }],
  });
}

type TakeAvailable = Take & {
  readonly now: Instant;
  readonly guard?: Guard;
  readonly keepsFloor?: boolean;
};

/**
 * Returns the maximum number of units that one new hold can take from the cell, expired holds
 * included.
 */
export function takeableUnits(cell: Cell, now: Instant): number {
  const buckets = expiredBuckets(cell, now).slice(0, EXPIRED_BUCKETS_PER_CHANGE_MAX);
  return Math.max(0, cell.available + unitsInBuckets(cell, buckets) - floorOf(cell));
}

function bucketsToExpire(cell: Cell, quantity: number, now: Instant): EpochSeconds[] {
  const due = expiredBuckets(cell, now, EXPIRY_GRACE_SECONDS).slice(
    0,
    EXPIRED_BUCKETS_PER_CHANGE_MAX,
  );
  return cell.available + unitsInBuckets(cell, due) >= quantity
    ? due
    : expiredBuckets(cell, now).slice(0, EXPIRED_BUCKETS_PER_CHANGE_MAX);
}

/** Returns one move for each bucket that still holds units. */
const expiryMovesOf = (cell: Cell, buckets: readonly EpochSeconds[]): Move[] =>
  buckets
    .map(
      (bucket): Move => ({
        kind: 'EXPIRED',
        quantity: unitsInBucket(cell, bucket),
        from: heldInBucket(bucket),
        to: AVAILABLE,
      }),
    )
    .filter(({ quantity }) => quantity > 0);

const creditOf = (to: AccountRef, quantity: number) => ({
  available: to.account === 'available' ? quantity : 0,
  committed: to.account === 'committed' ? quantity : 0,
  held: to.bucket === undefined ? {} : { [to.bucket]: quantity },
});

const createPlan = (
  { sku, locationId, shard }: CellKey,
  changes: Partial<CellPlan> & Pick<CellPlan, 'moves'>,
): CellPlan => ({
  cell: { sku, locationId, shard },
  isNew: false,
  available: 0,
  committed: 0,
  held: {},
  expiredBuckets: [],
  guard: {},
  ...changes,
});
