import { type Instant, toIso } from '../../shared/instant.ts';
import { type Cell, countsAt, sumOfCounts } from './cell.ts';
import type { Sku } from './sku.ts';

/**
 * The sku with its `low` flag turned, when availability has crossed the threshold since it was last seen; else undefined.
 * The flag's turn is what is published, so each fall is published once, however many changes saw it.
 */
export function decideStockLevel(sku: Sku, cells: readonly Cell[], now: Instant): Sku | undefined {
  const { available } = sumOfCounts(cells.map((cell) => countsAt(cell, now)));
  const low = sku.lowStockThreshold !== undefined && available < sku.lowStockThreshold;
  if (low === sku.low) return undefined;
  return { ...sku, low, availableSeen: available, version: sku.version + 1, updatedAt: toIso(now) };
}
