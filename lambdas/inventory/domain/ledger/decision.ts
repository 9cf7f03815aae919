import type { EpochSeconds, Instant } from '../../../shared/core/instant.ts';
import type { Result } from '../../../shared/core/result.ts';
import {
  type Cell,
  type CellKey,
  cellIdOf,
  EXPIRY_GRACE_SECONDS,
  expiredBuckets,
  isAtLocation,
} from './cell.ts';
import { expireBuckets, toCellChanges } from './cell-plan.ts';
import { type Change, EXPIRED_BUCKETS_PER_CHANGE_MAX, type OperationRecord } from './change.ts';
import { InconsistentStateError } from './inconsistent-state-error.ts';
import type { MovementContext } from './movement.ts';
import type { Reservation } from './reservation.ts';
import type { StockItem } from './stock-item.ts';

/** What was read of the book, strongly consistent, before a decision. */
export type BookState = {
  readonly cells: ReadonlyMap<string, Cell>;
  readonly reservation?: Reservation;
  /** Those of several that were asked for and are there, by id. */
  readonly reservations?: ReadonlyMap<string, Reservation>;
  readonly operation?: OperationRecord;
  readonly sku?: StockItem;
  /** The records of several skus that were asked for, by sku; those that are not there are missing. */
  readonly skus?: ReadonlyMap<string, StockItem>;
};

/** A change to write and what to answer then; without a change the answer is of a step that was done before. */
export type Decided<Value> = { readonly value: Value; readonly change?: Change };
export type Decision<Value, Refusal> = Result<Decided<Value>, Refusal>;

/** Of each command: who, when, and as part of which request. */
export type CommandContext = {
  readonly now: Instant;
  readonly by: string;
  readonly correlationId: string;
};

export const findCell = (state: BookState, key: CellKey): Cell | undefined =>
  state.cells.get(cellIdOf(key));

/** Those cells that the state has of a sku at a location. */
export const cellsAtLocation = (
  { cells }: BookState,
  place: Pick<CellKey, 'sku' | 'locationId'>,
): Cell[] => [...cells.values()].filter((cell) => isAtLocation(cell, place));

/** The cell that a reservation's line names. Cells are never deleted: throws InconsistentState where the state lacks it. */
export function requireCell(state: BookState, key: CellKey): Cell {
  const cell = findCell(state, key);
  if (cell === undefined)
    throw new InconsistentStateError(`cell ${cellIdOf(key)} of a reservation is missing`);
  return cell;
}

/** The first end of a bucket at or after `at`. */
export const bucketAtOrAfter = (at: Instant, bucketSeconds: number): EpochSeconds =>
  Math.ceil(at / 1000 / bucketSeconds) * bucketSeconds;

/** The bucket of a hold of `holdSeconds`, later where a cell's watermark has passed it (a clock that is behind). */
export function bucketFor(
  now: Instant,
  holdSeconds: number,
  bucketSeconds: number,
  cells: readonly Cell[],
): EpochSeconds {
  const watermark = Math.max(0, ...cells.map((cell) => cell.expiredThrough));
  const bucket = bucketAtOrAfter(now + holdSeconds * 1000, bucketSeconds);
  return bucket > watermark ? bucket : bucketAtOrAfter((watermark + 1) * 1000, bucketSeconds);
}

/**
 * Returns a change that only folds, where more buckets have expired than one change folds, those within the grace time included. To be
 * written before any decision: then everything that counts as available can be taken in one change. It leaves the buckets within the
 * grace time, which are at most one for each second of it.
 */
export function expireOverdueBuckets(cell: Cell, context: CommandContext): Change | undefined {
  if (expiredBuckets(cell, context.now).length <= EXPIRED_BUCKETS_PER_CHANGE_MAX) return undefined;
  const due = expiredBuckets(cell, context.now, EXPIRY_GRACE_SECONDS);
  const operationId = `fold.${cell.sku}.${cell.locationId}.${cell.shard}.${cell.version}`;
  return {
    operationId,
    at: context.now,
    correlationId: context.correlationId,
    cells: toCellChanges(
      [expireBuckets(cell, due.slice(0, EXPIRED_BUCKETS_PER_CHANGE_MAX))],
      movementContext(operationId, context),
    ),
  };
}

export const movementContext = (
  operationId: string,
  { now, by }: CommandContext,
  more: Omit<Partial<MovementContext>, 'operationId' | 'at' | 'by'> = {},
): MovementContext => ({ operationId, at: now, by, ...more });
