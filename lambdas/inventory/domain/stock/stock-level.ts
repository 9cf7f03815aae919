import type { Level } from '../../../contracts/api/availability.ts';
import { type Instant, toIso } from '../../../shared/core/instant.ts';
import { sellableUnitsIn } from '../ledger/allocation.ts';
import { type Cell, surplusOf } from '../ledger/cell.ts';
import type { StockItem } from '../ledger/stock-item.ts';

/** The last change of a level, with what was known then: events are derived from it. */
export type LevelChange = {
  readonly at: Instant;
  readonly sellable: number;
  readonly lowStockThreshold?: number;
};

export type SubjectLevel = {
  readonly level: Level;
  /** Sellable units, where there are few enough to show. Absent if the level is `out`. */
  readonly left?: number;
  /** Absent for a subject that was never in stock. */
  readonly lastChange?: LevelChange;
};

/** `pickup` is true where the location is active and lets customers collect orders. */
export type LocationLevel = SubjectLevel & { readonly pickup?: true };

/**
 * Record of how much of a SKU can be sold, as it was published: in total (the active locations that
 * ship) and at each location.
 */
export type StockLevel = {
  readonly sku: string;
  readonly total: SubjectLevel;
  /** By location id. A location without an entry is `out`. */
  readonly locations: Readonly<Record<string, LocationLevel>>;
  /** Time from which the next look decides the levels again. */
  readonly wakeAt?: Instant;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly correlationId: string;
};

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
