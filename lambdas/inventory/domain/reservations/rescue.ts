import { type Cell, cellIdOf, isAt } from '../ledger/cell.ts';
import type { Change } from '../ledger/change.ts';
import { availableAt, type Chosen } from '../ledger/choose-cells.ts';
import { type BookState, type CommandContext, cellIn, cellsAt } from '../ledger/decision.ts';
import {
  mergeLines,
  type Reservation,
  type ReservationLine,
  type Shortage,
} from '../ledger/reservation.ts';
import { gatherInto } from '../ledger/transfer.ts';

/**
 * A reservation whose slot was folded takes its units from what is available, each line in its own cell. Where that cell has too little
 * and others of the sku have it: a change that brings it there, to be written before; one line at a time. Undefined where nothing is
 * lacking, or where some line cannot be helped, for then none is.
 */
export function rescueOverdue(state: BookState, context: CommandContext): Change | undefined {
  const { reservation } = state;
  if (reservation?.status !== 'HELD') return undefined;
  const wants = wantsOf(state, reservation);
  const piles = [...state.cells.values()].map((cell): Pile => {
    const wanted = wants.find((line) => cellIdOf(line) === cellIdOf(cell))?.quantity ?? 0;
    return { cell, left: availableAt([cell], context.now) - wanted };
  });
  let first: { readonly key: ReservationLine; readonly parts: readonly Chosen[] } | undefined;
  for (const key of wants) {
    const own = piles.find(({ cell }) => cellIdOf(cell) === cellIdOf(key));
    const lacking = -(own?.left ?? 0);
    if (lacking <= 0) continue;
    const parts = drawnFrom(
      piles.filter(({ cell }) => isAt(cell, key)),
      lacking,
    );
    if (parts === undefined) return undefined;
    first ??= { key, parts };
  }
  if (first === undefined) return undefined;
  const { key, parts } = first;
  const lacking = parts.reduce((units, { quantity }) => units + quantity, 0);
  return gatherInto(state.skus?.get(key.sku), cellIn(state, key), parts, lacking, context);
}

/** What all cells of a location together have too little of, for the lines that take from what is available. */
export const shortagesOf = (
  state: BookState,
  reservation: Reservation,
  { now }: CommandContext,
): Shortage[] =>
  mergeLines(wantsOf(state, reservation)).flatMap((demand): Shortage[] => {
    const available = availableAt(cellsAt(state, demand), now);
    return available < demand.quantity
      ? [{ sku: demand.sku, requested: demand.quantity, available }]
      : [];
  });

/** A cell, and what it has beyond what the reservation itself wants of it; below 0 where that is too little. */
type Pile = { readonly cell: Cell; left: number };

/** The lines that take from what is available, for their slot was folded. */
const wantsOf = (state: BookState, { lines, heldUntil: slot }: Reservation): ReservationLine[] =>
  lines.filter((line) => {
    const cell = cellIn(state, line);
    return cell !== undefined && slot !== undefined && cell.foldedThrough >= slot;
  });

/** So many units out of the fullest piles, which no other line can have any more. */
function drawnFrom(piles: Pile[], lacking: number): Chosen[] | undefined {
  const parts: Chosen[] = [];
  let open = lacking;
  for (const pile of piles.toSorted((a, b) => b.left - a.left)) {
    const quantity = Math.min(pile.left, open);
    if (quantity <= 0) break;
    pile.left -= quantity;
    open -= quantity;
    parts.push({ cell: pile.cell, quantity });
  }
  return open > 0 ? undefined : parts;
}

/** The skus of its lines, each once. */
export const skusOf = (reservation: Reservation | undefined): string[] => [
  ...new Set((reservation?.lines ?? []).map(({ sku }) => sku)),
];
