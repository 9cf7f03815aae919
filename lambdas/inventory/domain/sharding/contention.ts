import { type Instant, toIso } from '../../../shared/core/instant.ts';
import { sellableUnitsIn } from '../ledger/allocation.ts';
import { type Cell, isAtLocation } from '../ledger/cell.ts';
import {
  type ShardProposal,
  type StockItem,
  shardsMaxOf,
  withShardCount,
} from '../ledger/stock-item.ts';

/** Number of changes in a batch, and of their write conflicts. */
export type WriteTraffic = { readonly changes: number; readonly conflicts: number };
export type ShardScalingPolicy = {
  /** Maximum shards to propose. */
  readonly shardsMax: number;
  /** True to apply a proposal at once. */
  readonly isAutomatic: boolean;
};

/** Minimum conflicts in a batch (of at most 100 changes) that count as contention. */
const CONFLICTS_MIN = 10;
/**
 * Minimum conflicts per change that count as contention: at one conflict for every second change, a
 * cell is at its limit.
 */
const CONFLICTS_PER_CHANGE_MIN = 0.5;
/** Maximum factor of one proposal. */
const SHARD_FACTOR_MAX = 8;
/**
 * Minimum time between two proposals for a SKU: functions cache its shard count for some seconds,
 * and units have to be spread.
 */
const COOLDOWN_MILLISECONDS = 20_000;

/**
 * Returns the SKU with a proposal of more shards, or undefined where its cells are not contended.
 * The factor is the number of attempts per change, because that is about the number of concurrent
 * requests. Never proposes more shards than a location has sellable units.
 */
export function decideShardProposal(
  stockItem: StockItem,
  cells: readonly Cell[],
  { changes, conflicts }: WriteTraffic,
  { shardsMax, isAutomatic }: ShardScalingPolicy,
  now: Instant,
): StockItem | undefined {
  if (!isContended({ changes, conflicts })) return undefined;
  if (
    stockItem.shardProposal !== undefined &&
    now - Date.parse(stockItem.shardProposal.at) < COOLDOWN_MILLISECONDS
  )
    return undefined;
  const factor = Math.min(Math.max(Math.ceil(1 + conflicts / changes), 2), SHARD_FACTOR_MAX);
  const units = stockItem.locations.map((locationId) =>
    sellableUnitsIn(
      cells.filter((cell) => isAtLocation(cell, { sku: stockItem.sku, locationId })),
      now,
    ),
  );
  const proposedShardCount = Math.min(
    stockItem.shardCount * factor,
    shardsMax,
    shardsMaxOf(stockItem),
    Math.max(...units),
  );
  if (proposedShardCount <= stockItem.shardCount) return undefined;
  const shardProposal: ShardProposal = {
    at: toIso(now),
    shardCount: stockItem.shardCount,
    proposedShardCount,
    changes,
    conflicts,
    isApplied: isAutomatic,
  };
  const withProposal = {
    ...stockItem,
    shardProposal,
    version: stockItem.version + 1,
    updatedAt: toIso(now),
  };
  return isAutomatic ? withShardCount(withProposal, proposedShardCount) : withProposal;
}

/** Returns true where conflicts are frequent enough to show contention on the SKU. */
export const isContended = ({ changes, conflicts }: WriteTraffic): boolean =>
  conflicts >= CONFLICTS_MIN && conflicts >= changes * CONFLICTS_PER_CHANGE_MIN;
