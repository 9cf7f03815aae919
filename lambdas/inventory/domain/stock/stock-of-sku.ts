import type { EpochSeconds, Instant } from '../../../shared/core/instant.ts';
import { toEpochSeconds } from '../../../shared/core/instant.ts';
import { sellableUnitsIn } from '../ledger/allocation.ts';
import { type Cell, type Quantities, quantitiesAt, sumOfQuantities } from '../ledger/cell.ts';
import type { StockItem } from '../ledger/stock-item.ts';

/** A SKU with its settings and cells. */
export type StockOfSku = {
  readonly sku: string;
  readonly name: string;
  readonly settings: StockSettings;
  readonly cells: readonly Cell[];
};
export type StockSettings = Pick<
  StockItem,
  'name' | 'lowStockThreshold' | 'safetyStock' | 'shardCount' | 'countTolerance'
>;

/** Units that new holds may take: the available ones above the safety stock. */
type Sellable = { readonly sellable: number };
export type StockReport = Quantities &
  Sellable & {
    readonly sku: string;
    readonly name: string;
    readonly locations: readonly (Quantities & Sellable & { readonly locationId: string })[];
    readonly holds: readonly { readonly bucket: EpochSeconds; readonly quantity: number }[];
  };

export const toStockOfSku = (stockItem: StockItem, cells: readonly Cell[]): StockOfSku => ({
  sku: stockItem.sku,
  name: stockItem.name ?? stockItem.sku,
  settings: settingsOf(stockItem),
  cells,
});

const settingsOf = ({
  name,
  lowStockThreshold,
  safetyStock,
  shardCount,
  countTolerance,
}: StockItem): StockSettings => ({
  shardCount,
  ...(name === undefined ? {} : { name }),
  ...(lowStockThreshold === undefined ? {} : { lowStockThreshold }),
  ...(safetyStock === undefined ? {} : { safetyStock }),
  ...(countTolerance === undefined ? {} : { countTolerance }),
});

/**
 * Returns the stock at `now`. An expired hold counts as available, even if no change was written.
 */
export function reportAt({ sku, name, cells }: StockOfSku, now: Instant): StockReport {
  const locations = [...new Set(cells.map(({ locationId }) => locationId))].map((locationId) => {
    const there = cells.filter((cell) => cell.locationId === locationId);
    return {
      locationId,
      ...sumOfQuantities(there.map((cell) => quantitiesAt(cell, now))),
      sellable: sellableUnitsIn(there, now),
    };
  });
  return {
    sku,
    name,
    ...sumOfQuantities(locations),
    sellable: sellableUnitsIn(cells, now),
    locations,
    holds: holdsAt(cells, now),
  };
}

function holdsAt(cells: readonly Cell[], now: Instant): StockReport['holds'] {
  const byBucket = new Map<EpochSeconds, number>();
  for (const cell of cells) {
    for (const [key, quantity] of Object.entries(cell.held)) {
      const bucket = Number(key);
      if (quantity > 0 && bucket > toEpochSeconds(now))
        byBucket.set(bucket, (byBucket.get(bucket) ?? 0) + quantity);
    }
  }
  return [...byBucket]
    .sort(([a], [b]) => a - b)
    .map(([bucket, quantity]) => ({ bucket, quantity }));
}
