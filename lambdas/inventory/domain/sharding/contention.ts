import { type Instant, toIso } from '../../../shared/core/instant.ts';
import { availableUnits } from '../ledger/allocation.ts';
import { type Cell, isAtLocation } from '../ledger/cell.ts';
import {
  type ShardProposal,
  type StockItem,
  shardsMaxOf,
  withShardCount,
} from '../ledger/stock-item.ts';

/** What a row of changes of a sku's cells met. */
export type WriteTraffic = { readonly changes: number; readonly conflicts: number };
export type ShardScalingPolicy = {
  /** Most shards that are proposed. */
  readonly shardsMax: number;
  /** True where what is proposed is set at once. */
  readonly isAutomatic: boolean;
};

/** Fewer conflicts in a row of changes (a batch of the stream has 100 at most) are no rush. */
const CONFLICTS_MIN = 10;
/** A cell is at its limit when every second change found another one in its way. */
const CONFLICTS_PER_CHANGE_MIN = 0.5;
/** Shards are multiplied by no more at once. */
const SHARD_FACTOR_MAX = 8;
/** What was proposed has so long to take effect: functions know a sku's shards for some seconds, and units have to be spread. */
const COOLDOWN_MILLISECONDS = 20_000;

/**
 * The sku with more shards proposed, where changes of its cells were in each other's way; else undefined. As many times more as
 * changes were attempt, for that many were there at once; never more than there are units to sell at a location.
 */
export function decideShardProposal(
  sku: StockItem,
  cells: readonly Cell[],
  { changes, conflicts }: WriteTraffic,
  { shardsMax, isAutomatic }: ShardScalingPolicy,
  now: Instant,
): StockItem | undefined {
  if (!isContended({ changes, conflicts })) return undefined;
  if (
    sku.shardProposal !== undefined &&
    now - Date.parse(sku.shardProposal.at) < COOLDOWN_MILLISECONDS
  )
    return undefined;
  const factor = Math.min(Math.max(Math.ceil(1 + conflicts / changes), 2), SHARD_FACTOR_MAX);
  const units = sku.locations.map((locationId) =>
    availableUnits(
      cells.filter((cell) => isAtLocation(cell, { sku: sku.sku, locationId })),
      now,
    ),
  );
  const proposedShardCount = Math.min(
    sku.shardCount * factor,
    shardsMax,
    shardsMaxOf(sku),
    Math.max(...units),
  );
  if (proposedShardCount <= sku.shardCount) return undefined;
  const shardProposal: ShardProposal = {
    at: toIso(now),
    shardCount: sku.shardCount,
    proposedShardCount,
    changes,
    conflicts,
    isApplied: isAutomatic,
  };
  const withProposal = {
    ...sku,
    shardProposal,
    version: sku.version + 1,
    updatedAt: toIso(now),
  };
  return isAutomatic ? withShardCount(withProposal, proposedShardCount) : withProposal;
}

/** Changes were in each other's way so often that it says something about their sku. */
export const isContended = ({ changes, conflicts }: WriteTraffic): boolean =>
  conflicts >= CONFLICTS_MIN && conflicts >= changes * CONFLICTS_PER_CHANGE_MIN;
