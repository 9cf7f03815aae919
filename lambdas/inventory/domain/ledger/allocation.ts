import type { Instant } from '../../../shared/core/instant.ts';
import { type Cell, quantitiesAt, sellableUnits } from './cell.ts';
import { takeableUnits } from './cell-plan.ts';

export type Allocation = { readonly cell: Cell; readonly quantity: number };

export const availableUnits = (cells: readonly Cell[], now: Instant): number =>
  cells.reduce((units, cell) => units + quantitiesAt(cell, now).available, 0);

/** Returns the units that new holds may take from the cells. */
export const sellableUnitsIn = (cells: readonly Cell[], now: Instant): number =>
  cells.reduce((units, cell) => units + sellableUnits(cell, now), 0);

/**
 * Number of candidate cells of which the fuller one is taken: with two, cells empty evenly and
 * buyers still spread.
 */
const CANDIDATE_CELLS_MAX = 2;

/**
 * Allocates a quantity: from the better of the first two cells that have it, else from the fullest
 * cells together. Returns undefined where one change cannot take it from them. `cells` come in
 * order of preference, which is random.
 * https://www.eecs.harvard.edu/~michaelm/postscripts/handbook2001.pdf (the power of two choices)
 */
export function allocateUnits(
  cells: readonly Cell[],
  quantity: number,
  now: Instant,
  { allowSplit }: { readonly allowSplit: boolean },
): readonly Allocation[] | undefined {
  const candidates = cells.map((cell) => ({ cell, available: takeableUnits(cell, now) }));
  const [first, ...others] = candidates
    .filter(({ available }) => available >= quantity)
    .slice(0, CANDIDATE_CELLS_MAX);
  if (first !== undefined) {
    const best = others.reduce(
      (better, one) => (one.available > better.available ? one : better),
      first,
    );
    return [{ cell: best.cell, quantity }];
  }
  if (!allowSplit) return undefined;
  const allocations: Allocation[] = [];
  let left = quantity;
  for (const { cell, available } of candidates.sort((a, b) => b.available - a.available)) {
    const taken = Math.min(available, left);
    if (taken <= 0) break;
    allocations.push({ cell, quantity: taken });
    left -= taken;
  }
  return left === 0 ? allocations : undefined;
}
