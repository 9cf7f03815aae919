import type { EpochSeconds, Instant } from '../../shared/instant.ts';
import { toEpochSeconds } from '../../shared/instant.ts';
import { type Cell, type Counts, countsAt, FIRST_SHARD, type Held, sumOfCounts } from './cell.ts';
import type { Sku } from './sku.ts';

/** All of a sku: its settings and its cells. */
export type StockOfSku = { readonly sku: string; readonly name: string; readonly cells: readonly Cell[] };

export type StockReport = Counts & {
  readonly sku: string;
  readonly name: string;
  readonly locations: readonly (Counts & { readonly locationId: string })[];
  readonly holds: readonly { readonly slot: EpochSeconds; readonly quantity: number }[];
};

export const stockOf = (sku: Sku, cells: readonly Cell[]): StockOfSku => ({
  sku: sku.sku,
  name: sku.name ?? sku.sku,
  cells,
});

/** The cells of each location as one: for an answer that is kept. */
export const byLocation = (cells: readonly Cell[]): Cell[] =>
  [...new Set(cells.map(({ locationId }) => locationId))].flatMap((locationId) => {
    const [first, ...others] = cells.filter((cell) => cell.locationId === locationId);
    return first === undefined ? [] : [others.reduce(sumOf, { ...first, shard: FIRST_SHARD })];
  });

const sumOf = (sum: Cell, cell: Cell): Cell => ({
  ...sum,
  available: sum.available + cell.available,
  held: sumOfHeld(sum.held, cell.held),
  committed: sum.committed + cell.committed,
});

function sumOfHeld(a: Held, b: Held): Held {
  const slots = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...slots].map((slot) => [slot, (a[slot] ?? 0) + (b[slot] ?? 0)]));
}

/** The stock as it stands at `now`: a hold that lapsed is available, though nothing was written. */
export function reportAt({ sku, name, cells }: StockOfSku, now: Instant): StockReport {
  const locations = [...new Set(cells.map(({ locationId }) => locationId))].map((locationId) => ({
    locationId,
    ...sumOfCounts(cells.filter((cell) => cell.locationId === locationId).map((cell) => countsAt(cell, now))),
  }));
  return { sku, name, ...sumOfCounts(locations), locations, holds: holdsAt(cells, now) };
}

function holdsAt(cells: readonly Cell[], now: Instant): StockReport['holds'] {
  const bySlot = new Map<EpochSeconds, number>();
  for (const cell of cells) {
    for (const [key, quantity] of Object.entries(cell.held)) {
      const slot = Number(key);
      if (quantity > 0 && slot > toEpochSeconds(now)) bySlot.set(slot, (bySlot.get(slot) ?? 0) + quantity);
    }
  }
  return [...bySlot].sort(([a], [b]) => a - b).map(([slot, quantity]) => ({ slot, quantity }));
}
