import { RetryLaterError } from '../../../shared/core/errors.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import { retryOptimistic } from '../../../shared/core/retry-optimistic.ts';
import { UnreadableRecordError } from '../../../shared/core/unreadable-record.ts';
import type { BatchProgress, Rejection } from '../../../shared/events/batch-progress.ts';
import { logger } from '../../../shared/observability/logger.ts';
import { FIRST_SHARD } from '../../domain/ledger/cell.ts';
import type { StockItem } from '../../domain/ledger/stock-item.ts';
import { hasEndedConsolidation } from '../../domain/sharding/consolidation.ts';
import {
  decideShardProposal,
  isContended,
  type ShardScalingPolicy,
  type WriteTraffic,
} from '../../domain/sharding/contention.ts';
import {
  type BalanceChange,
  changesLevels,
  changesWhatIsSold,
  type LocationChange,
  type SkuChange,
  type WatchedChange,
} from '../../domain/stock/watched-change.ts';
import { requestLevelSweep } from '../levels/sweep-levels.ts';
import { type LevelPorts, loadLevelStates, updateLevel } from '../levels/update-level.ts';
import { loadStockItems } from '../load-state.ts';
import type { LevelSweepStore, StockItemStore } from '../ports.ts';

/** Maximum attempts. Another watcher, or a change of the settings, may write the record first. */
const ATTEMPTS_MAX = 5;

type WatchPorts = LevelPorts & {
  readonly items: StockItemStore;
  readonly policy: ShardScalingPolicy;
  /** Empties cells beyond the SKU's shard count, and levels the cells after a consolidation. */
  readonly rebalance: (sku: string, correlationId: string) => Promise<void>;
  readonly sweeps: LevelSweepStore;
};

/**
 * Checks each SKU of a batch of changes at most once, and starts a sweep after a change of a
 * location. Returns the number of handled changes from the front. Rejects a change whose check
 * needs an unreadable record, because the check fails until the record is repaired.
 */
export async function watchStockLevels(
  ports: WatchPorts,
  changes: readonly (WatchedChange | undefined)[],
  now: Instant,
): Promise<BatchProgress> {
  const seen = new Set<string>();
  const check = createCheck(ports, { changes, seen, now });
  const rejected: Rejection[] = [];
  for (const [index, change] of changes.entries()) {
    if (change === undefined) continue;
    try {
      if (change.kind === 'location') await checkLocation(ports, change, now);
      else if (!seen.has(change.after.sku)) await check(change);
    } catch (error) {
      if (!(error instanceof UnreadableRecordError))
        return { handledCount: index, rejected, error };
      rejected.push({ index, error });
      // Other changes of this SKU in the batch would read the same record.
      if (change.kind !== 'location') seen.add(change.after.sku);
    }
  }
  return { handledCount: changes.length, rejected };
}

async function checkLocation(
  { sweeps }: WatchPorts,
  change: LocationChange,
  now: Instant,
): Promise<void> {
  if (changesWhatIsSold(change)) await requestLevelSweep(sweeps, now);
}

type Batch = {
  readonly changes: readonly (WatchedChange | undefined)[];
  /** SKUs that were checked. */
  readonly seen: Set<string>;
  readonly now: Instant;
};

/** Returns the check of one change of the batch. */
function createCheck(
  ports: WatchPorts,
  { changes, seen, now }: Batch,
): (change: SkuChange) => Promise<void> {
  const isDrainingShard = drainingShardCheck(ports.book);
  return async (change) => {
    const { sku } = change.after;
    const traffic = writeTrafficOf(sku, changes);
    if (!changesLevels(change, now) && !isContended(traffic) && !(await isDrainingShard(change)))
      return;
    seen.add(sku);
    await watchStockLevel(ports, sku, traffic, now);
  };
}

/**
 * Returns a check whether a cell is beyond its SKU's shard count and must be emptied. Reads each
 * SKU once per batch.
 */
function drainingShardCheck(book: WatchPorts['book']): (change: SkuChange) => Promise<boolean> {
  const records = new Map<string, ReadonlyMap<string, StockItem>>();
  return async (change) => {
    if (change.kind !== 'balance' || change.after.shard === FIRST_SHARD) return false;
    const { sku, shard } = change.after;
    const known = records.get(sku) ?? (await loadStockItems(book, [sku]));
    records.set(sku, known);
    const stockItem = known.get(sku);
    return stockItem !== undefined && shard >= stockItem.shardCount;
  };
}

function writeTrafficOf(sku: string, all: readonly (WatchedChange | undefined)[]): WriteTraffic {
  const changes = all
    .filter((one) => one?.kind === 'balance')
    .filter(({ after }) => after.sku === sku);
  const conflictsOf = ({ before, after }: BalanceChange): number =>
    (after.conflicts ?? 0) - (before?.conflicts ?? 0);
  return {
    changes: changes.length,
    conflicts: changes.reduce((sum, change) => sum + conflictsOf(change), 0),
  };
}

/** Leaves busy cells to the next change, so that other SKUs do not wait for them. */
const skipIfBusy = (rebalancing: Promise<void>): Promise<void> =>
  rebalancing.catch((error: unknown) => {
    if (!(error instanceof RetryLaterError)) throw error;
    logger.info('The cells are busy and will be rebalanced later', { reason: error.message });
  });

/** Lowers the SKU's levels, and proposes more shards if its writes conflict. */
async function watchStockLevel(
  ports: WatchPorts,
  sku: string,
  traffic: WriteTraffic,
  now: Instant,
): Promise<void> {
  const { items, policy, rebalance } = ports;
  await retryOptimistic({ attempts: ATTEMPTS_MAX, what: `the stock of ${sku}` }, async () => {
    const state = (await loadLevelStates(ports, [sku])).get(sku);
    if (state === undefined) return 'unknown';
    const update = await updateLevel(ports, state, { now, mayRaise: false });
    if (update === undefined) return undefined;
    const { stockItem, cells } = state.facts;
    const after = decideShardProposal(stockItem, cells, traffic, policy, now);
    if (after !== undefined && !(await items.replace(after))) return undefined;
    if (stockItem.openShardCount > stockItem.shardCount || hasEndedConsolidation(stockItem, now))
      await skipIfBusy(rebalance(sku, stockItem.correlationId));
    return 'written';
  });
}
