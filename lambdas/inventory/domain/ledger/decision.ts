import type { EpochSeconds, Instant } from '../../../shared/core/instant.ts';
import type { Result } from '../../../shared/core/result.ts';
import {
  type Cell,
  type CellKey,
  cellIdOf,
  FOLD_GRACE_SECONDS,
  isAt,
  lapsedSlots,
} from './cell.ts';
import { foldSlots, numbered } from './cell-change.ts';
import { type Change, FOLDED_SLOTS_MAX, type Operation } from './change.ts';
import { InconsistentState } from './inconsistent-state.ts';
import type { MovementContext } from './movement.ts';
import type { Reservation } from './reservation.ts';
import type { Sku } from './sku.ts';

/** What was read of the book, strongly consistent, before a decision. */
export type BookState = {
  readonly cells: ReadonlyMap<string, Cell>;
  readonly reservation?: Reservation;
  /** Those of several that were asked for and are there, by id. */
  readonly reservations?: ReadonlyMap<string, Reservation>;
  readonly operation?: Operation;
  readonly sku?: Sku;
  /** The records of several skus that were asked for, by sku; those that are not there are missing. */
  readonly skus?: ReadonlyMap<string, Sku>;
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

export const cellIn = (state: BookState, key: CellKey): Cell | undefined =>
  state.cells.get(cellIdOf(key));

/** Those cells that the state has of a sku at a location. */
export const cellsAt = ({ cells }: BookState, place: Pick<CellKey, 'sku' | 'locationId'>): Cell[] =>
  [...cells.values()].filter((cell) => isAt(cell, place));

/** The cell that a reservation's line names. Cells are never deleted: throws InconsistentState where the state lacks it. */
export function knownCell(state: BookState, key: CellKey): Cell {
  const cell = cellIn(state, key);
  if (cell === undefined)
    throw new InconsistentState(`cell ${cellIdOf(key)} of a reservation is missing`);
  return cell;
}

/** The first end of a slot at or after `at`. */
export const slotEndAtOrAfter = (at: Instant, slotSeconds: number): EpochSeconds =>
  Math.ceil(at / 1000 / slotSeconds) * slotSeconds;

/** The slot of a hold of `holdSeconds`, later where a cell's watermark has passed it (a clock that is behind). */
export function slotFor(
  now: Instant,
  holdSeconds: number,
  slotSeconds: number,
  cells: readonly Cell[],
): EpochSeconds {
  const watermark = Math.max(0, ...cells.map((cell) => cell.foldedThrough));
  const slot = slotEndAtOrAfter(now + holdSeconds * 1000, slotSeconds);
  return slot > watermark ? slot : slotEndAtOrAfter((watermark + 1) * 1000, slotSeconds);
}

/**
 * Returns a change that only folds, where more slots have expired than one change folds, those within the grace time included. To be
 * written before any decision: then everything that counts as available can be taken in one change. It leaves the slots within the
 * grace time, which are at most one for each second of it.
 */
export function foldOverdue(cell: Cell, context: CommandContext): Change | undefined {
  if (lapsedSlots(cell, context.now).length <= FOLDED_SLOTS_MAX) return undefined;
  const due = lapsedSlots(cell, context.now, FOLD_GRACE_SECONDS);
  const operationId = `fold.${cell.sku}.${cell.locationId}.${cell.shard}.${cell.version}`;
  return {
    operationId,
    at: context.now,
    correlationId: context.correlationId,
    cells: numbered(
      [foldSlots(cell, due.slice(0, FOLDED_SLOTS_MAX))],
      movementContext(operationId, context),
    ),
  };
}

export const movementContext = (
  operationId: string,
  { now, by }: CommandContext,
  more: Omit<Partial<MovementContext>, 'operationId' | 'at' | 'by'> = {},
): MovementContext => ({ operationId, at: now, by, ...more });
