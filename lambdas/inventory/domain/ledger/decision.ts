import type { Shortage } from '../../../contracts/api/reservations.ts';
import type { EpochSeconds, Instant } from '../../../shared/core/instant.ts';
import type { Location } from '../locations/location.ts';
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

/** Cells by `cellIdOf`. */
export type Cells = ReadonlyMap<string, Cell>;

/** The part of the book that was read for a decision, strongly consistent. */
export type BookState = {
  readonly cells: Cells;
  /** Records of SKUs, by SKU. One that does not exist is missing. */
  readonly stockItems: ReadonlyMap<string, StockItem>;
  /** Records of locations that the decision may need, by id. One that does not exist is missing. */
  readonly locations: ReadonlyMap<string, Location>;
  /**
   * True where all cells that may have units of the SKUs were read; false where a decision may need
   * more of them.
   */
  readonly isComplete: boolean;
  readonly reservation?: Reservation | undefined;
  readonly operation?: OperationRecord | undefined;
};
export type ReservationState = BookState & { readonly reservation: Reservation | undefined };
export type OperationState = BookState & { readonly operation: OperationRecord | undefined };

/** The next step of a command. */
export type Decision<Value, Failure> =
  /** Write the change and return the value. */
  | {
      readonly next: 'commit';
      readonly change: Change;
      readonly value: Value;
      readonly unconfirmed?: readonly Shortage[];
    }
  /** Return the value: there is nothing to write, as for a repeat of a request. */
  | { readonly next: 'replay'; readonly value: Value }
  /**
   * Return the error. `unconfirmed` is set where the error rests on cells, or on a missing record,
   * so that a second read of the records must confirm it. It lists the shortages that units moved
   * between cells may explain.
   */
  | {
      readonly next: 'reject';
      readonly error: Failure;
      readonly unconfirmed?: readonly Shortage[];
    }
  /** Write the change, which is right by itself, then read and decide again. */
  | { readonly next: 'prepare'; readonly change: Change }
  /** Read all cells, then decide again. */
  | { readonly next: 'readAll' };

/**
 * Returns the replay of a stored operation, or the rejection of another request with its key.
 * Returns undefined if the operation is new.
 */
export function replayOf<Value>(
  { operation }: OperationState,
  { fingerprint }: { readonly fingerprint: string },
  resultOf: (operation: OperationRecord) => Value,
): Decision<Value, { readonly kind: 'keyReused' }> | undefined {
  if (operation === undefined) return undefined;
  if (operation.fingerprint !== fingerprint) return reject({ kind: 'keyReused' });
  return { next: 'replay', value: resultOf(operation) };
}

/** Rejects for a reason in a record that was read: no other read changes it. */
export const reject = <Failure>(error: Failure): Decision<never, Failure> => ({
  next: 'reject',
  error,
});

/** Rejects for a reason that a second read of the records has to confirm. */
export const rejectUnconfirmed = <Failure>(
  error: Failure,
  shortages: readonly Shortage[] = [],
): Decision<never, Failure> => ({ next: 'reject', error, unconfirmed: shortages });

/** Fields of every command: its time, its author and the request it belongs to. */
export type CommandContext = {
  readonly now: Instant;
  readonly by: string;
  readonly correlationId: string;
};

export const findCell = (state: BookState, key: CellKey): Cell | undefined =>
  state.cells.get(cellIdOf(key));

/** Returns the cells of the state that belong to a SKU at a location. */
export const cellsAtLocation = (
  { cells }: BookState,
  place: Pick<CellKey, 'sku' | 'locationId'>,
): Cell[] => [...cells.values()].filter((cell) => isAtLocation(cell, place));

/**
 * Returns the cell of a reservation's line. Cells are never deleted, so it throws
 * InconsistentStateError where the state lacks it.
 */
export function requireCell(state: BookState, key: CellKey): Cell {
  const cell = findCell(state, key);
  if (cell === undefined)
    throw new InconsistentStateError(`cell ${cellIdOf(key)} of a reservation is missing`);
  return cell;
}

/** Returns the first end of a bucket at or after `at`. */
export const bucketAtOrAfter = (at: Instant, bucketSeconds: number): EpochSeconds =>
  Math.ceil(at / 1000 / bucketSeconds) * bucketSeconds;

/**
 * Returns the bucket of a hold of `holdSeconds`: a later one where a cell's watermark has passed
 * it, because a clock is behind.
 */
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
 * Returns a change that expires buckets, where more of them have expired than one change can take,
 * those within the grace time included. It is written before any decision: then one change can take
 * everything that counts as available. It leaves the buckets within the grace time, at most one for
 * each second of it.
 */
export function expireOverdueBuckets(cell: Cell, context: CommandContext): Change | undefined {
  if (expiredBuckets(cell, context.now).length <= EXPIRED_BUCKETS_PER_CHANGE_MAX) return undefined;
  const due = expiredBuckets(cell, context.now, EXPIRY_GRACE_SECONDS);
  const operationId = `expire.${cell.sku}.${cell.locationId}.${cell.shard}.${cell.version}`;
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
