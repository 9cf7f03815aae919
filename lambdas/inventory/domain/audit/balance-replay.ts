import type { MovementKind } from '../../../contracts/api/inventory.ts';
import type { EpochSeconds, Instant } from '../../../shared/core/instant.ts';
import type { AccountRef, Movement } from '../ledger/movement.ts';

/** The movements of one change in one cell, under the key that orders them: the deciding function's clock, and the change. */
export type MovementBatch = {
  readonly key: string;
  readonly at: Instant;
  readonly operationId: string;
  readonly movements: readonly Movement[];
};

/** Units by bucket; a bucket may be below zero where a movement is lost. */
export type UnitsByBucket = Map<EpochSeconds, number>;

/** What the movements of one reservation have left in a cell. */
export type Position = {
  readonly reservationId: string;
  orderId: string | undefined;
  held: UnitsByBucket;
  committed: number;
  /** Of its latest movement. */
  since: Instant;
  /** The step that comes last in the life of a reservation. */
  lastKind: MovementKind | undefined;
};

/** A receipt, adjustment, return or repair among the movements: it must have its mark. */
export type Posting = {
  readonly operationId: string;
  readonly movementIds: readonly string[];
  readonly quantity: number;
  readonly at: Instant;
};

/** What movements add up to. It is added to in place: a cell may have very many. */
export type BalanceReplay = {
  available: number;
  held: UnitsByBucket;
  committed: number;
  /** By reservation; those that left nothing stay until the next checkpoint. */
  positions: Map<string, Position>;
  postings: Map<string, Posting>;
  movementIds: Set<string>;
  /** Entries added since the tally was begun. */
  batchCount: number;
};

export const createReplay = (): BalanceReplay => ({
  available: 0,
  held: new Map(),
  committed: 0,
  positions: new Map(),
  postings: new Map(),
  movementIds: new Set(),
  batchCount: 0,
});

export function addBatch(
  replay: BalanceReplay,
  { operationId, movements, at }: MovementBatch,
): void {
  replay.batchCount += 1;
  for (const movement of movements) {
    if (movement.kind !== 'REBUILT') addMovement(replay, movement);
  }
  const posted = movements.filter(
    ({ kind, reservationId }) => reservationId === undefined && kind !== 'EXPIRED',
  );
  if (posted.length === 0) return;
  const movementIds = posted.map(({ movementId }) => movementId);
  for (const id of movementIds) replay.movementIds.add(id);
  const quantity = posted.reduce((units, movement) => units + movement.quantity, 0);
  replay.postings.set(operationId, { operationId, movementIds, quantity, at });
}

function addMovement(replay: BalanceReplay, movement: Movement): void {
  const { kind, from, to, quantity, reservationId } = movement;
  applyMove(replay, from, -quantity);
  applyMove(replay, to, quantity);
  // A bucket that a change folds on its way is that of others.
  if (reservationId === undefined || kind === 'EXPIRED') return;
  const position = positionOf(replay, reservationId);
  position.orderId = movement.orderId ?? position.orderId;
  // Keys come in the order of clocks that differ, and what was restored took effect before it was written.
  const at = movement.effectiveAt ?? movement.at;
  position.since = Math.max(position.since, at);
  position.lastKind = laterKindOf(position.lastKind, kind);
  applyMove(position, from, -quantity);
  applyMove(position, to, quantity);
}

/**
 * A reservation is over once its units are released or shipped. Only the kind says so: two steps may have one time, and the
 * clocks of the functions that took them differ.
 */
const laterKindOf = (one: MovementKind | undefined, other: MovementKind): MovementKind =>
  one === 'SHIPPED' || (one === 'RELEASED' && other !== 'SHIPPED') ? one : other;

function positionOf(replay: BalanceReplay, reservationId: string): Position {
  const known = replay.positions.get(reservationId);
  if (known !== undefined) return known;
  const position: Position = {
    reservationId,
    orderId: undefined,
    held: new Map(),
    committed: 0,
    since: 0,
    lastKind: undefined,
  };
  replay.positions.set(reservationId, position);
  return position;
}

type AccountTotals = { available?: number; held: UnitsByBucket; committed: number };

/** Adds to the account of a place. What is outside, or in another cell, is not this balance's; a position has no `available`. */
export function applyMove(
  totals: AccountTotals,
  { account, bucket, shard }: AccountRef,
  units: number,
): void {
  if (shard !== undefined) return;
  if (account === 'committed') totals.committed += units;
  else if (account === 'available' && totals.available !== undefined) totals.available += units;
  else if (account === 'held' && bucket !== undefined) addToBucket(totals.held, bucket, units);
}

function addToBucket(buckets: UnitsByBucket, bucket: EpochSeconds, units: number): void {
  const after = (buckets.get(bucket) ?? 0) + units;
  if (after === 0) buckets.delete(bucket);
  else buckets.set(bucket, after);
}

/** A position without what was folded: those units are available again, whoever held them. */
export const openBucketsOf = (
  { held }: Pick<Position, 'held'>,
  expiredThrough: EpochSeconds,
): UnitsByBucket =>
  new Map([...held].filter(([bucket, units]) => bucket > expiredThrough || units < 0));

/** A copy that the next entries do not touch. */
export const copyReplay = (replay: BalanceReplay): BalanceReplay => ({
  ...replay,
  held: new Map(replay.held),
  positions: new Map(
    [...replay.positions].map(([id, position]) => [
      id,
      { ...position, held: new Map(position.held) },
    ]),
  ),
  postings: new Map(replay.postings),
  movementIds: new Set(replay.movementIds),
});
