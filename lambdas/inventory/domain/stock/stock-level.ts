import { type Instant, toIso } from '../../../shared/core/instant.ts';
import { type Cell, quantitiesAt, sumOfQuantities } from '../ledger/cell.ts';
import type { StockItem } from '../ledger/stock-item.ts';

export type CellImages = { readonly before?: Cell | undefined; readonly after: Cell | undefined };

/**
 * The sku with its `low` flag turned, when availability has crossed the threshold since it was last seen; else undefined.
 * The flag's turn is what is published, so each fall is published once, however many changes saw it.
 */
export function decideStockLevel(
  sku: StockItem,
  cells: readonly Cell[],
  now: Instant,
): StockItem | undefined {
  const { available } = sumOfQuantities(cells.map((cell) => quantitiesAt(cell, now)));
  const isLow = sku.lowStockThreshold !== undefined && available < sku.lowStockThreshold;
  if (isLow === sku.isLow) return undefined;
  return {
    ...sku,
    isLow,
    availableAtCrossing: available,
    version: sku.version + 1,
    updatedAt: toIso(now),
  };
}

/**
 * True for a change after which a sku is to be looked at: what is available has changed. A commit of what is held, a shipment and a fold change nothing that is watched, and are
 * most changes of an order.
 */
export function changesAvailability({ before, after }: CellImages, now: Instant): boolean {
  if (after === undefined) return false;
  return (
    (before === undefined ? 0 : quantitiesAt(before, now).available) !==
    quantitiesAt(after, now).available
  );
}
