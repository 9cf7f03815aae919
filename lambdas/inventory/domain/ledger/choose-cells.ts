import type { Instant } from '../../../shared/core/instant.ts';
import { type Cell, countsAt } from './cell.ts';
import { takeableFrom } from './cell-change.ts';

export type Chosen = { readonly cell: Cell; readonly quantity: number };

export const availableAt = (cells: readonly Cell[], now: Instant): number =>
  cells.reduce((units, cell) => units + countsAt(cell, now).available, 0);

/** Of so many cells that have enough, the fuller one is taken: with two, cells empty evenly and buyers still spread. */
const COMPARED_CELLS = 2;

/**
 * The cells from which a quantity is taken: the better of the first two that have it; else the fullest ones together. Undefined
 * where all of them have too little that one change can take. `cells` come in the order of preference, which is chance's.
 * https://www.eecs.harvard.edu/~michaelm/postscripts/handbook2001.pdf (the power of two choices)
 */
export function chooseCells(
  cells: readonly Cell[],
  quantity: number,
  now: Instant,
  { gathers }: { readonly gathers: boolean },
): readonly Chosen[] | undefined {
  const counted = cells.map((cell) => ({ cell, available: takeableFrom(cell, now) }));
  const [first, ...others] = counted
    .filter(({ available }) => available >= quantity)
    .slice(0, COMPARED_CELLS);
  if (first !== undefined) {
    const best = others.reduce(
      (better, one) => (one.available > better.available ? one : better),
      first,
    );
    return [{ cell: best.cell, quantity }];
  }
  if (!gathers) return undefined;
  const chosen: Chosen[] = [];
  let left = quantity;
  for (const { cell, available } of counted.sort((a, b) => b.available - a.available)) {
    const taken = Math.min(available, left);
    if (taken <= 0) break;
    chosen.push({ cell, quantity: taken });
    left -= taken;
  }
  return left === 0 ? chosen : undefined;
}
