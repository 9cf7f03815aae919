import { type Instant, toIso } from '../../../shared/core/instant.ts';
import { type Cell, isAt } from '../ledger/cell.ts';
import { availableAt } from '../ledger/choose-cells.ts';
import { type Heat, type Sku, shardsMaxOf, withShards } from '../ledger/sku.ts';

/** What a row of changes of a sku's cells met. */
export type Traffic = { readonly changes: number; readonly conflicts: number };
export type HeatPolicy = {
  /** Most shards that are proposed. */
  readonly shardsMax: number;
  /** True where what is proposed is set at once. */
  readonly applies: boolean;
};

/** Fewer conflicts in a row of changes (a batch of the stream has 100 at most) are no rush. */
const CONFLICTS_MIN = 10;
/** A cell is at its limit when every second change found another one in its way. */
const CONFLICTS_PER_CHANGE_MIN = 0.5;
/** Shards are multiplied by no more at once. */
const FACTOR_MAX = 8;
/** What was proposed has so long to take effect: functions know a sku's shards for some seconds, and units have to be spread. */
const COOLING_MILLISECONDS = 20_000;

/**
 * The sku with more shards proposed, where changes of its cells were in each other's way; else undefined. As many times more as
 * changes were tried, for that many were there at once; never more than there are units to sell at a location.
 */
export function decideHeat(
  sku: Sku,
  cells: readonly Cell[],
  { changes, conflicts }: Traffic,
  { shardsMax, applies }: HeatPolicy,
  now: Instant,
): Sku | undefined {
  if (!isRush({ changes, conflicts })) return undefined;
  if (sku.heat !== undefined && now - Date.parse(sku.heat.at) < COOLING_MILLISECONDS)
    return undefined;
  const factor = Math.min(Math.max(Math.ceil(1 + conflicts / changes), 2), FACTOR_MAX);
  const units = sku.locations.map((locationId) =>
    availableAt(
      cells.filter((cell) => isAt(cell, { sku: sku.sku, locationId })),
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
  const heat: Heat = {
    at: toIso(now),
    shardCount: sku.shardCount,
    proposedShardCount,
    changes,
    conflicts,
    isApplied: applies,
  };
  const heated = { ...sku, heat, version: sku.version + 1, updatedAt: toIso(now) };
  return applies ? withShards(heated, proposedShardCount) : heated;
}

/** Changes were in each other's way so often that it says something about their sku. */
export const isRush = ({ changes, conflicts }: Traffic): boolean =>
  conflicts >= CONFLICTS_MIN && conflicts >= changes * CONFLICTS_PER_CHANGE_MIN;
