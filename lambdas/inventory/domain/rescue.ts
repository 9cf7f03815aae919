import { cellIdOf, isAt } from './cell.ts';
import type { Change } from './change.ts';
import { availableAt } from './choose-cells.ts';
import { type BookState, type CommandContext, cellIn } from './decision.ts';
import type { Reservation } from './reservation.ts';
import { gatherInto } from './transfer.ts';

/**
 * A reservation whose slot was folded takes its units from what is available, each line in its own cell. Where that cell has too little
 * and others of the sku have it: a change that brings it there, to be written before; one line at a time. Undefined where nothing is
 * lacking, or where some line cannot be helped, for then none is.
 */
export function rescueOverdue(state: BookState, context: CommandContext): Change | undefined {
  const { reservation } = state;
  if (reservation?.status !== 'HELD') return undefined;
  const wants = lackingOf(state, reservation, context);
  const helps = wants.map(({ key, lacking }) => {
    const others = [...state.cells.values()]
      .filter((cell) => isAt(cell, key) && !isOf(reservation, cell))
      .map((cell) => ({ cell, quantity: availableAt([cell], context.now) }));
    const isEnough = others.reduce((units, { quantity }) => units + quantity, 0) >= lacking;
    return isEnough
      ? gatherInto(state.skus?.get(key.sku), cellIn(state, key), others, lacking, context)
      : undefined;
  });
  return helps.includes(undefined) ? undefined : helps[0];
}

/** What the lines' own cells have too little of. */
function lackingOf(state: BookState, { lines, heldUntil: slot }: Reservation, { now }: CommandContext) {
  return lines.flatMap((key) => {
    const cell = cellIn(state, key);
    if (cell === undefined || slot === undefined || cell.foldedThrough < slot) return [];
    const lacking = key.quantity - availableAt([cell], now);
    return lacking > 0 ? [{ key, lacking }] : [];
  });
}

/** Its own cells are wanted by its other lines. */
const isOf = ({ lines }: Reservation, cell: Parameters<typeof cellIdOf>[0]): boolean =>
  lines.some((line) => cellIdOf(line) === cellIdOf(cell));

/** The skus of its lines, each once. */
export const skusOf = (reservation: Reservation | undefined): string[] => [
  ...new Set((reservation?.lines ?? []).map(({ sku }) => sku)),
];
