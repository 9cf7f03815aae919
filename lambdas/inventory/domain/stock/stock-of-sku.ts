import type { EpochSeconds, Instant } from '../../../shared/core/instant.ts';
import { toEpochSeconds } from '../../../shared/core/instant.ts';
import { type Cell, type Counts, countsAt, sumOfCounts } from '../ledger/cell.ts';
import type { Sku } from '../ledger/sku.ts';

/** All of a sku: its settings and its cells. */
export type StockOfSku = {
  readonly sku: string;
  readonly name: string;
  readonly settings: SkuSettings;
  readonly cells: readonly Cell[];
};
export type SkuSettings = Pick<Sku, 'name' | 'lowStockThreshold' | 'shardCount' | 'countTolerance'>;

export type StockReport = Counts & {
  readonly sku: string;
  readonly name: string;
  readonly locations: readonly (Counts & { readonly locationId: string })[];
  readonly holds: readonly { readonly slot: EpochSeconds; readonly quantity: number }[];
};

export const stockOf = (sku: Sku, cells: readonly Cell[]): StockOfSku => ({
  sku: sku.sku,
  name: sku.name ?? sku.sku,
  settings: settingsOf(sku),
  cells,
});

const settingsOf = ({ name, lowStockThreshold, shardCount, countTolerance }: Sku): SkuSettings => ({
  shardCount,
  ...(name === undefined ? {} : { name }),
  ...(lowStockThreshold === undefined ? {} : { lowStockThreshold }),
  ...(countTolerance === undefined ? {} : { countTolerance }),
});

/** The stock as it stands at `now`: a hold that lapsed is available, though nothing was written. */
export function reportAt({ sku, name, cells }: StockOfSku, now: Instant): StockReport {
  const locations = [...new Set(cells.map(({ locationId }) => locationId))].map((locationId) => ({
    locationId,
    ...sumOfCounts(
      cells.filter((cell) => cell.locationId === locationId).map((cell) => countsAt(cell, now)),
    ),
  }));
  return { sku, name, ...sumOfCounts(locations), locations, holds: holdsAt(cells, now) };
}

function holdsAt(cells: readonly Cell[], now: Instant): StockReport['holds'] {
  const bySlot = new Map<EpochSeconds, number>();
  for (const cell of cells) {
    for (const [key, quantity] of Object.entries(cell.held)) {
      const slot = Number(key);
      if (quantity > 0 && slot > toEpochSeconds(now))
        bySlot.set(slot, (bySlot.get(slot) ?? 0) + quantity);
    }
  }
  return [...bySlot].sort(([a], [b]) => a - b).map(([slot, quantity]) => ({ slot, quantity }));
}
