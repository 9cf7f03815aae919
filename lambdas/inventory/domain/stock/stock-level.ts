import { type Instant, toIso } from '../../../shared/core/instant.ts';
import { type Cell, quantitiesAt, sumOfQuantities } from '../ledger/cell.ts';
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
  const { available } = sumOfQuantities(cells.map((cell) => quantitiesAt(cell, now)));
  const isLow =
    stockItem.lowStockThreshold !== undefined && available < stockItem.lowStockThreshold;
  if (isLow === stockItem.isLow) return undefined;
  return {
    ...stockItem,
    isLow,
    availableAtCrossing: available,
    version: stockItem.version + 1,
    updatedAt: toIso(now),
  };
}

/**
 * Returns true where a change altered the available units, so that the SKU must be checked. Commits
 * of held units, shipments and expired holds do not, and they are most changes of an order.
 */
export function changesAvailability({ before, after }: CellImages, now: Instant): boolean {
  if (after === undefined) return false;
  return (
    (before === undefined ? 0 : quantitiesAt(before, now).available) !==
    quantitiesAt(after, now).available
  );
}
