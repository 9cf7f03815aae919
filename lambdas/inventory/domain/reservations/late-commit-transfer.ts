import type { Shortage } from '../../../contracts/api/reservations.ts';
import { type Allocation, availableUnits, sellableUnitsIn } from '../ledger/allocation.ts';
import { type Cell, cellIdOf, isAtLocation, quantitiesAt, surplusOf } from '../ledger/cell.ts';
import type { Change } from '../ledger/change.ts';
import {
  type CommandContext,
  cellsAtLocation,
  findCell,
  type ReservationState,
} from '../ledger/decision.ts';
import { mergeLines, type Reservation, type ReservationLine } from '../ledger/reservation.ts';
import { consolidateInto } from '../ledger/transfer.ts';

/** True where a step leaves the safety stock of the locations. */
type FloorRule = { readonly keepsFloor: boolean };

/**
 * Returns a change that brings units for a late commit or a late extension, for one line at a time.
 * A reservation whose bucket has expired takes its units from `available`, each line in its own
 * cell; other cells may have what that cell lacks. Returns undefined where nothing is lacking, or
 * where some line cannot be served: then no line is.
 */
export function transferForLateCommit(
  state: ReservationState,
  context: CommandContext,
  { keepsFloor }: FloorRule,
): Change | undefined {
  const { reservation } = state;
  if (reservation?.status !== 'HELD') return undefined;
  const wantedLines = linesTakenFromAvailable(state, reservation);
  const surpluses = [...state.cells.values()].map((cell): CellSurplus => {
    const wanted = wantedLines.find((line) => cellIdOf(line) === cellIdOf(cell))?.quantity ?? 0;
    const units = keepsFloor
      ? surplusOf(cell, context.now)
      : quantitiesAt(cell, context.now).available;
    return { cell, surplus: units - wanted };
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
    { keepsFloor },
  );
}

/**
 * Returns the shortages of all cells of a location together, for the lines that take from
 * `available`.
 */
export const lateShortagesOf = (
  state: ReservationState,
  reservation: Reservation,
  { now }: CommandContext,
  { keepsFloor }: FloorRule,
): Shortage[] =>
  mergeLines(linesTakenFromAvailable(state, reservation)).flatMap((demand): Shortage[] => {
    const cells = cellsAtLocation(state, demand);
    const available = keepsFloor ? sellableUnitsIn(cells, now) : availableUnits(cells, now);
    return available < demand.quantity
      ? [{ sku: demand.sku, requested: demand.quantity, available }]
      : [];
  });

/**
 * A cell, and its available units minus those that the reservation itself takes; below 0 for a
 * shortfall.
 */
type CellSurplus = { readonly cell: Cell; surplus: number };

/** Returns the lines that take from `available`, because their bucket has expired. */
const linesTakenFromAvailable = (
  state: ReservationState,
  { lines, heldUntil: bucket }: Reservation,
): ReservationLine[] =>
  lines.filter((line) => {
    const cell = findCell(state, line);
    return cell !== undefined && bucket !== undefined && cell.expiredThrough >= bucket;
  });

/**
 * Takes units from the cells with the largest surplus, and reduces it, so that no other line gets
 * them.
 */
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

/** Returns the SKUs of the lines, each once. */
export const skusOfReservation = (reservation: Reservation | undefined): string[] => [
  ...new Set((reservation?.lines ?? []).map(({ sku }) => sku)),
];
