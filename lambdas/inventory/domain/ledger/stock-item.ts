import type {
  CountTolerance,
  LowStockThreshold,
  SafetyStock,
} from '../../../contracts/api/inventory.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import { type CellKey, FIRST_SHARD } from './cell.ts';

/** Shard count proposed for a contended SKU, and the traffic that led to it. */
export type ShardProposal = {
  readonly at: string;
  readonly shardCount: number;
  readonly proposedShardCount: number;
  /** Number of changes in the batch, and of their write conflicts. */
  readonly changes: number;
  readonly conflicts: number;
  readonly isApplied: boolean;
};

/**
 * Units of a location to keep in one cell for a while: a request needed them from more cells than
 * one change can write.
 */
export type Consolidation = {
  readonly locationId: string;
  readonly units: number;
  /** Time of the request. */
  readonly at: Instant;
};

/** Inventory's record of a SKU. */
export type StockItem = {
  readonly sku: string;
  readonly name?: string;
  /** Sellable units below which stock is low: in total, or at each of the named locations. */
  readonly lowStockThreshold?: LowStockThreshold;
  /** Units that new holds leave at each location, or at the locations that are named. */
  readonly safetyStock?: SafetyStock;
  /** Maximum difference of a count that is posted without approval. */
  readonly countTolerance?: CountTolerance;
  /** Number of cells of a location over which the units are spread. */
  readonly shardCount: number;
  /**
   * Cells that may have units. Those from `shardCount` on are being drained. Never below
   * `shardCount`.
   */
  readonly openShardCount: number;
  /** Cells that have ever been open, and so may have movements. */
  readonly peakShardCount: number;
  /**
   * Number of transfers between its cells. A read of all cells during which it rose may have missed
   * units.
   */
  readonly transferCount: number;
  /**
   * Total units transferred. A read of all cells may have missed as many as it rose by meanwhile.
   */
  readonly unitsTransferred: number;
  /** Locations that have cells, in the order in which they were added. */
  readonly locations: readonly string[];
  readonly shardProposal?: ShardProposal;
  /** At most one for each location. */
  readonly consolidations?: readonly Consolidation[];
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly correlationId: string;
};

/** Returns the floor of the home cell of a location. */
export const floorAt = (
  { safetyStock = 0 }: Pick<StockItem, 'safetyStock'>,
  locationId: string,
): number =>
  typeof safetyStock === 'number' ? safetyStock : (unitsAt(safetyStock, locationId) ?? 0);

/** Returns the threshold of the SKU in total, or undefined if it has none. */
export const totalThresholdOf = ({
  lowStockThreshold,
}: Pick<StockItem, 'lowStockThreshold'>): number | undefined =>
  typeof lowStockThreshold === 'number' ? lowStockThreshold : undefined;

/** Returns the threshold of the SKU at a location, or undefined if it has none. */
export const thresholdAt = (
  { lowStockThreshold }: Pick<StockItem, 'lowStockThreshold'>,
  locationId: string,
): number | undefined =>
  typeof lowStockThreshold === 'object' ? unitsAt(lowStockThreshold, locationId) : undefined;

const unitsAt = (
  units: Readonly<Record<string, number>>,
  locationId: string,
): number | undefined => (Object.hasOwn(units, locationId) ? units[locationId] : undefined);

const cellKeysOf = ({ sku, locations }: StockItem, shards: number): CellKey[] =>
  locations.flatMap((locationId) =>
    Array.from({ length: shards }, (_, shard) => ({ sku, locationId, shard: FIRST_SHARD + shard })),
  );

/** Returns the keys of the cells that may have units, at each location. */
export const openCellKeysOf = (stockItem: StockItem): CellKey[] =>
  cellKeysOf(stockItem, stockItem.openShardCount);

/** Returns the keys of all cells that ever existed, for reads of movements. */
export const allCellKeysOf = (stockItem: StockItem): CellKey[] =>
  cellKeysOf(stockItem, stockItem.peakShardCount);

/** Maximum number of locations of a SKU. A mistyped location id adds one for good. */
export const LOCATIONS_PER_SKU_MAX = 20;
/** Maximum number of cells that a SKU ever had: a read of its movements queries each of them. */
export const CELLS_PER_SKU_MAX = 500;

/** The SKU would have more locations or cells than reads and audits of it can handle. */
export type SizeError =
  | { readonly kind: 'tooManyLocations'; readonly limit: number }
  | { readonly kind: 'tooManyCells'; readonly limit: number };

/**
 * Returns the error for a SKU of this size, or undefined. Former shards count: they keep their
 * movements.
 */
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

/**
 * Returns the SKU with another shard count. Cells beyond a lower count stay open until they are
 * empty.
 */
export const withShardCount = (stockItem: StockItem, shardCount: number): StockItem => ({
  ...stockItem,
  shardCount,
  openShardCount: Math.max(stockItem.openShardCount, shardCount),
  peakShardCount: Math.max(stockItem.peakShardCount, shardCount),
});

/**
 * Returns the units transferred between two reads of the SKU's record. Cells are not read at one
 * moment, so a read of them between the two may have seen as many units in no cell. A cell that was
 * opened meanwhile has transferred units only; a location that was added may have any number.
 */
export const unitsTransferredBetween = (
  before: StockItem | undefined,
  after: StockItem | undefined,
): number =>
  before !== undefined && after !== undefined && after.locations.length > before.locations.length
    ? Number.POSITIVE_INFINITY
    : (after?.unitsTransferred ?? 0) - (before?.unitsTransferred ?? 0);
