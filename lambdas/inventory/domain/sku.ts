import { type CellKey, FIRST_SHARD } from './cell.ts';

/** The larger of the two; `percent` is of what the book says is on hand. */
export type CountTolerance = { readonly units?: number | undefined; readonly percent?: number | undefined };

/** Inventory's idea of a product: how it is counted. */
export type Sku = {
  readonly sku: string;
  readonly name?: string;
  readonly lowStockThreshold?: number;
  /** A count that differs by no more than this is posted without asking anybody. */
  readonly countTolerance?: CountTolerance;
  readonly shardCount: number;
  /** Where it has cells, in the order in which they came. */
  readonly locations: readonly string[];
  /** True from the moment at which availability was seen below the threshold until it was seen at it or above. */
  readonly low: boolean;
  /** What was available when `low` last changed. */
  readonly availableSeen: number;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly correlationId: string;
};

/** The cells of a sku: at each of its locations, one for each shard. */
export const cellsOf = ({ sku, locations, shardCount }: Sku): CellKey[] =>
  locations.flatMap((locationId) =>
    Array.from({ length: shardCount }, (_, shard) => ({ sku, locationId, shard: FIRST_SHARD + shard })),
  );
