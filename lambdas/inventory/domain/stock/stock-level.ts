import { type Instant, toIso } from '../../../shared/core/instant.ts';
import { sellableUnitsIn } from '../ledger/allocation.ts';
import { type Cell, surplusOf } from '../ledger/cell.ts';
import type { StockItem } from '../ledger/stock-item.ts';

export type CellImages = { readonly before?: Cell | undefined; readonly after: Cell | undefined };

/**
 * Returns the SKU with its `isLow` flag changed if availability has crossed the threshold since it
 * was last seen, else undefined. The change of the flag is what is published, so each crossing is
 * published once, whatever the number of changes that saw it.
 */
export function decideStockLevel(
  stockItem: StockItem,
  cells: readonly Cell[],
  now: Instant,
): StockItem | undefined {
  const sellable = sellableUnitsIn(cells, now);
  const isLow = stockItem.lowStockThreshold !== undefined && sellable < stockItem.lowStockThreshold;
  if (isLow === stockItem.isLow) return undefined;
  return {
    ...stockItem,
    isLow,
    availableAtCrossing: sellable,
    version: stockItem.version + 1,
    updatedAt: toIso(now),
  };
}

/**
 * Returns true where a change altered the available units or the floor, so that the SKU must be
 * checked. Commits of held units, shipments and expired holds do not, and they are most changes of
 * an order.
 */
export function changesAvailability({ before, after }: CellImages, now: Instant): boolean {
  if (after === undefined) return false;
  return (before === undefined ? 0 : surplusOf(before, now)) !== surplusOf(after, now);
}
