import type { Shortage } from '../../../contracts/inventory-api.ts';
import { type Allocation, availableUnits } from '../ledger/allocation.ts';
import { type Cell, cellIdOf, isAtLocation } from '../ledger/cell.ts';
import type { Change } from '../ledger/change.ts';
import {
  type CommandContext,
  cellsAtLocation,
  findCell,
  type ReservationState,
} from '../ledger/decision.ts';
import { mergeLines, type Reservation, type ReservationLine } from '../ledger/reservation.ts';
import { consolidateInto } from '../ledger/transfer.ts';

/**
 * A reservation whose bucket was folded takes its units from what is available, each line in its own cell. Where that cell has too little
 * and others of the sku have it: a change that brings it there, to be written before; one line at a time. Undefined where nothing is
 * lacking, or where some line cannot be helped, for then none is.
 */
export function transferForLateCommit(
  state: ReservationState,
  context: CommandContext,
): Change | undefined {
  const { reservation } = state;
  if (reservation?.status !== 'HELD') return undefined;
  const wantedLines = linesTakenFromAvailable(state, reservation);
  const surpluses = [...state.cells.values()].map((cell): CellSurplus => {
    const wanted = wantedLines.find((line) => cellIdOf(line) === cellIdOf(cell))?.quantity ?? 0;
    return { cell, surplus: availableUnits([cell], context.now) - wanted };
  });
  let first: { readonly key: ReservationLine; readonly parts: readonly Allocation[] } | undefined;
  for (const key of wantedLines) {
    const own = surpluses.find(({ cell }) => cellIdOf(cell) === cellIdOf(key));
    const lacking = -(own?.surplus ?? 0);
    if (lacking <= 0) continue;
    const parts = drawFromSurpluses(
      surpluses.filter(({ cell }) => isAtLocation(cell, key)),
      lacking,
    );
    if (parts === undefined) return undefined;
    first ??= { key, parts };
  }
  if (first === undefined) return undefined;
  const { key, parts } = first;
  const lacking = parts.reduce((units, { quantity }) => units + quantity, 0);
  return consolidateInto(
    state.stockItems.get(key.sku),
    findCell(state, key),
    parts,
    lacking,
    context,
  );
}

/** What all cells of a location together have too little of, for the lines that take from what is available. */
export const lateShortagesOf = (
  state: ReservationState,
  reservation: Reservation,
  { now }: CommandContext,
): Shortage[] =>
  mergeLines(linesTakenFromAvailable(state, reservation)).flatMap((demand): Shortage[] => {
    const available = availableUnits(cellsAtLocation(state, demand), now);
    return available < demand.quantity
      ? [{ sku: demand.sku, requested: demand.quantity, available }]
      : [];
  });

/** A cell, and what it has beyond what the reservation itself wants of it; below 0 where that is too little. */
type CellSurplus = { readonly cell: Cell; surplus: number };

/** The lines that take from what is available, for their bucket was folded. */
const linesTakenFromAvailable = (
  state: ReservationState,
  { lines, heldUntil: bucket }: Reservation,
): ReservationLine[] =>
  lines.filter((line) => {
    const cell = findCell(state, line);
    return cell !== undefined && bucket !== undefined && cell.expiredThrough >= bucket;
  });

/** So many units out of the fullest piles, which no other line can have any more. */
function drawFromSurpluses(surpluses: CellSurplus[], shortfall: number): Allocation[] | undefined {
  const parts: Allocation[] = [];
  let remaining = shortfall;
  for (const shard of surpluses.toSorted((a, b) => b.surplus - a.surplus)) {
    const quantity = Math.min(shard.surplus, remaining);
    if (quantity <= 0) break;
    shard.surplus -= quantity;
    remaining -= quantity;
    parts.push({ cell: shard.cell, quantity });
  }
  return remaining > 0 ? undefined : parts;
}

/** The skus of its lines, each once. */
export const skusOfReservation = (reservation: Reservation | undefined): string[] => [
  ...new Set((reservation?.lines ?? []).map(({ sku }) => sku)),
];
