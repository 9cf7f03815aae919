import type { CountTolerance } from '../../../contracts/inventory-api.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import { type CellKey, FIRST_SHARD } from './cell.ts';

/** What was seen when a sku was found hot, and what was proposed. */
export type ShardProposal = {
  readonly at: string;
  readonly shardCount: number;
  readonly proposedShardCount: number;
  /** Of so many changes in a row, and how often others were in their way. */
  readonly changes: number;
  readonly conflicts: number;
  readonly isApplied: boolean;
};

/** Units of a location that are to lie in one cell for a while: a request needed them from more cells than one change touches. */
export type Consolidation = {
  readonly locationId: string;
  readonly units: number;
  /** When it was asked for. */
  readonly at: Instant;
};

/** Inventory's idea of a product: how it is counted. */
export type StockItem = {
  readonly sku: string;
  readonly name?: string;
  readonly lowStockThreshold?: number;
  /** A count that differs by no more than this is posted without asking anybody. */
  readonly countTolerance?: CountTolerance;
  /** Over so many cells of a location its units are to be spread. */
  readonly shardCount: number;
  /** Cells that may have units: those behind `shardCount` are being emptied. Never below `shardCount`. */
  readonly openShardCount: number;
  /** Cells that have ever been open, and so may have movements. */
  readonly peakShardCount: number;
  /** Rises with each transfer between its cells: a look at all of them during which it rose may have missed units. */
  readonly transferCount: number;
  /** The units that all transfers together have moved: a look may have missed as many as it rose by meanwhile. */
  readonly unitsTransferred: number;
  /** Where it has cells, in the order in which they came. */
  readonly locations: readonly string[];
  /** True from the moment at which availability was seen below the threshold until it was seen at it or above. */
  readonly isLow: boolean;
  /** What was available when `low` last changed. */
  readonly availableAtCrossing: number;
  readonly shardProposal?: ShardProposal;
  /** At most one for each location. */
  readonly consolidations?: readonly Consolidation[];
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly correlationId: string;
};

const cellKeysOf = ({ sku, locations }: StockItem, shards: number): CellKey[] =>
  locations.flatMap((locationId) =>
    Array.from({ length: shards }, (_, shard) => ({ sku, locationId, shard: FIRST_SHARD + shard })),
  );

/** The cells that may have units, at each location. */
export const openCellKeysOf = (sku: StockItem): CellKey[] => cellKeysOf(sku, sku.openShardCount);

/** All cells that there ever were: for what looks at movements. */
export const allCellKeysOf = (sku: StockItem): CellKey[] => cellKeysOf(sku, sku.peakShardCount);

/** Maximum number of locations of a SKU. A mistyped location id adds one for good. */
export const LOCATIONS_PER_SKU_MAX = 20;
/** Maximum number of cells that a SKU ever had: a read of its movements queries each of them. */
export const CELLS_PER_SKU_MAX = 500;

/** The SKU would have more locations, or more cells, than reads and audits of it can take. */
export type SizeError =
  | { readonly kind: 'tooManyLocations'; readonly limit: number }
  | { readonly kind: 'tooManyCells'; readonly limit: number };

/** Returns why a SKU of this size is rejected; undefined where it is not. Shards that it once had count: they keep their movements. */
export function sizeErrorOf({
  locations,
  peakShardCount,
}: Pick<StockItem, 'locations' | 'peakShardCount'>): SizeError | undefined {
  if (locations.length > LOCATIONS_PER_SKU_MAX)
    return { kind: 'tooManyLocations', limit: LOCATIONS_PER_SKU_MAX };
  if (locations.length * peakShardCount > CELLS_PER_SKU_MAX)
    return { kind: 'tooManyCells', limit: CELLS_PER_SKU_MAX };
  return undefined;
}

/** Maximum number of shards that a SKU with these locations may have. */
export const shardsMaxOf = ({ locations }: Pick<StockItem, 'locations'>): number =>
  Math.floor(CELLS_PER_SKU_MAX / locations.length);

/** With so many shards from now on. Fewer leave the cells behind them open until they are empty. */
export const withShardCount = (sku: StockItem, shardCount: number): StockItem => ({
  ...sku,
  shardCount,
  openShardCount: Math.max(sku.openShardCount, shardCount),
  peakShardCount: Math.max(sku.peakShardCount, shardCount),
});

/**
 * Cells are not read at one moment: so many units may have been seen in none of them by a look between two of the sku's record.
 * A cell that was opened meanwhile has units that were moved there, and no others.
 */
export const unitsTransferredBetween = (
  before: StockItem | undefined,
  after: StockItem | undefined,
): number => (after?.unitsTransferred ?? 0) - (before?.unitsTransferred ?? 0);
