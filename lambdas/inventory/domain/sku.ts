/** Inventory's idea of a product: how it is counted. */
export type Sku = {
  readonly sku: string;
  readonly name?: string;
  readonly lowStockThreshold?: number;
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
