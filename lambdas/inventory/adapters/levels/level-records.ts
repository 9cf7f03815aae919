import * as z from 'zod/mini';
import { Level } from '../../../contracts/api/availability.ts';
import { EpochMilliseconds, LocationId, Sku, Timestamp } from '../../../contracts/primitives.ts';
import type { Item } from '../../../shared/dynamodb/item.ts';
import type { LevelSweep } from '../../domain/stock/level-sweep.ts';
import type { StockLevel } from '../../domain/stock/stock-level.ts';
import { LEVEL_SWEEP_KEY, SKU_PREFIX, stockLevelKey } from '../book-items.ts';
import { Count, defineBookRecord, Text, Units, Version } from '../book-schemas.ts';

/** Partition of the sparse index of records that wait for a look. */
export const WAKES_PARTITION = 'due';

const SubjectLevel = {
  level: Level,
  left: z.exactOptional(Units),
  lastChange: z.exactOptional(
    z.object({
      at: EpochMilliseconds,
      sellable: Count,
      lowStockThreshold: z.exactOptional(Count),
    }),
  ),
};

export const STOCK_LEVEL = defineBookRecord<StockLevel>({
  type: 'stockLevel',
  pk: SKU_PREFIX,
  sk: 'LEVEL',
  keyOf: ({ sku }) => stockLevelKey(sku),
  storageOnly: ['wake'],
  schema: z.object({
    sku: Sku,
    total: z.object(SubjectLevel),
    locations: z.record(
      LocationId,
      z.object({ ...SubjectLevel, pickup: z.exactOptional(z.literal(true)) }),
    ),
    wakeAt: z.exactOptional(EpochMilliseconds),
    version: Version,
    createdAt: Timestamp,
    updatedAt: Timestamp,
    correlationId: z.string(),
  }),
});

export const LEVEL_SWEEP = defineBookRecord<LevelSweep>({
  type: 'levelSweep',
  pk: LEVEL_SWEEP_KEY.pk,
  sk: LEVEL_SWEEP_KEY.sk,
  schema: z.object({
    dueAt: EpochMilliseconds,
    reason: z.enum(['first', 'location', 'daily']),
    cursor: z.exactOptional(Text),
    startsAgain: z.exactOptional(z.literal(true)),
    version: Version,
    createdAt: Timestamp,
    updatedAt: Timestamp,
  }),
});

export const toLevelSweep = LEVEL_SWEEP.read;
export const toStockLevel = STOCK_LEVEL.read;

/** Returns the item of a SKU's levels. `wake` puts one with `wakeAt` into the sparse index. */
export const stockLevelItem = (level: StockLevel): Item => ({
  ...stockLevelKey(level.sku),
  type: 'stockLevel',
  ...level,
  ...(level.wakeAt === undefined ? {} : { wake: WAKES_PARTITION }),
});

export const levelSweepItem = (sweep: LevelSweep): Item => ({
  ...LEVEL_SWEEP_KEY,
  type: 'levelSweep',
  ...sweep,
});
