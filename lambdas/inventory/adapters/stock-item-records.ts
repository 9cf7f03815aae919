import * as z from 'zod/mini';
import { EpochMilliseconds, LocationId, Sku, Timestamp } from '../../contracts/primitives.ts';
import type { Item } from '../../shared/dynamodb/item.ts';
import type { StockItem } from '../domain/ledger/stock-item.ts';
import { SKU_PREFIX, skuKey } from './book-items.ts';
import { Count, defineBookRecord, ShardCount, Units, Version } from './book-schemas.ts';

/** Fields that records from before the introduction of shards do not have. */
type ShardCounts = Pick<
  StockItem,
  'openShardCount' | 'peakShardCount' | 'transferCount' | 'unitsTransferred'
>;
const SINGLE_SHARD: ShardCounts = {
  openShardCount: 1,
  peakShardCount: 1,
  transferCount: 0,
  unitsTransferred: 0,
};

export const STOCK_ITEM = defineBookRecord<
  Omit<StockItem, keyof ShardCounts> & Partial<ShardCounts>
>({
  type: 'stockItem',
  pk: SKU_PREFIX,
  sk: 'SKU',
  keyOf: ({ sku }) => skuKey(sku),
  storageOnly: ['listedSku'],
  schema: z.object({
    sku: Sku,
    name: z.exactOptional(z.string()),
    lowStockThreshold: z.exactOptional(z.union([Count, z.record(LocationId, Count)])),
    safetyStock: z.exactOptional(z.union([Count, z.record(LocationId, Count)])),
    countTolerance: z.exactOptional(
      z.object({ units: z.exactOptional(Count), percent: z.exactOptional(z.number()) }),
    ),
    shardCount: ShardCount,
    openShardCount: z.exactOptional(ShardCount),
    peakShardCount: z.exactOptional(ShardCount),
    transferCount: z.exactOptional(Count),
    unitsTransferred: z.exactOptional(Count),
    locations: z.array(LocationId).check(z.minLength(1)),
    shardProposal: z.exactOptional(
      z.object({
        at: Timestamp,
        shardCount: ShardCount,
        proposedShardCount: ShardCount,
        changes: Count,
        conflicts: Count,
        isApplied: z.boolean(),
      }),
    ),
    consolidations: z.exactOptional(
      z.array(z.object({ locationId: LocationId, units: Units, at: EpochMilliseconds })),
    ),
    version: Version,
    createdAt: Timestamp,
    updatedAt: Timestamp,
    correlationId: z.string(),
  }),
});

/** Reads the record of a SKU. Sets the shard fields of an old record to one shard. */
export const toStockItem = (item: Item): StockItem => ({
  ...SINGLE_SHARD,
  ...STOCK_ITEM.read(item),
});
