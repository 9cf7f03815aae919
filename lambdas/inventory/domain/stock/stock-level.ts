import { type Instant, toIso } from '../../../shared/core/instant.ts';
import { type Cell, countsAt, sumOfCounts } from '../ledger/cell.ts';
import type { Sku } from '../ledger/sku.ts';

export type CellChange = { readonly before?: Cell | undefined; readonly after: Cell | undefined };

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

/**
 * True for a change after which a sku is to be looked at: what is available has changed. A commit of what is held, a shipment and a fold change nothing that is watched, and are
 * most changes of an order.
 */
export function isToLookAt({ before, after }: CellChange, now: Instant): boolean {
  if (after === undefined) return false;
  return (
    (before === undefined ? 0 : countsAt(before, now).available) !== countsAt(after, now).available
  );
}
