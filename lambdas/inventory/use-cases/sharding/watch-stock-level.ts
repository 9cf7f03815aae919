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
  type CellImages,
  changesAvailability,
  decideStockLevel,
} from '../../domain/stock/stock-level.ts';
import { loadStock, loadStockItems } from '../load-state.ts';
import type { StockItemStore, StockStore } from '../ports.ts';

/** Maximum attempts. Another watcher, or a change of the settings, may write the record first. */
const ATTEMPTS_MAX = 5;

type WatchPorts = {
  readonly book: Pick<StockStore, 'read'>;
  readonly items: StockItemStore;
  readonly policy: ShardScalingPolicy;
  /** Empties cells beyond the SKU's shard count, and levels the cells after a consolidation. */
  readonly rebalance: (sku: string, correlationId: string) => Promise<void>;
};

/**
 * Checks each SKU of a batch of balance changes at most once. Returns the number of handled changes
 * from the front. Rejects a change of a SKU with an unreadable record, because its check fails
 * until the record is repaired.
 */
export async function watchStockLevels(
  ports: WatchPorts,
  changes: readonly CellImages[],
  now: Instant,
): Promise<BatchProgress> {
  const seen = new Set<string>();
  const rejected: Rejection[] = [];
  const isDrainingShard = drainingShardCheck(ports.book);
  for (const [index, change] of changes.entries()) {
    const sku = change.after?.sku;
    if (sku === undefined || seen.has(sku)) continue;
    const traffic = writeTrafficOf(sku, changes);
    try {
      if (
        !changesAvailability(change, now) &&
        !isContended(traffic) &&
        !(await isDrainingShard(change))
      )
        continue;
      seen.add(sku);
      await watchStockLevel(ports, sku, traffic, now);
    } catch (error) {
      if (!(error instanceof UnreadableRecordError))
        return { handledCount: index, rejected, error };
      // Other changes of this SKU in the batch would read the same record.
      seen.add(sku);
      rejected.push({ index, error });
    }
  }
  return { handledCount: changes.length, rejected };
}

/**
 * Returns a check whether a cell is beyond its SKU's shard count and must be emptied. Reads each
 * SKU once per batch.
 */
function drainingShardCheck(book: WatchPorts['book']): (change: CellImages) => Promise<boolean> {
  const records = new Map<string, ReadonlyMap<string, StockItem>>();
  return async ({ after }) => {
    if (after === undefined || after.shard === FIRST_SHARD) return false;
    const known = records.get(after.sku) ?? (await loadStockItems(book, [after.sku]));
    records.set(after.sku, known);
    const sku = known.get(after.sku);
    return sku !== undefined && after.shard >= sku.shardCount;
  };
}

function writeTrafficOf(sku: string, all: readonly CellImages[]): WriteTraffic {
  const changes = all.filter(({ after }) => after?.sku === sku);
  const conflictsOf = ({ before, after }: CellImages): number =>
    (after?.conflicts ?? 0) - (before?.conflicts ?? 0);
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

/**
 * Sets the SKU's `isLow` flag if its availability crossed the threshold, and proposes more shards
 * if its writes conflict. A transfer between cells during the reads cannot cause a wrong flag: it
 * writes a version of the SKU's record, and `replace` requires the version that was read before the
 * cells. It also changes the balances of its cells, so their stream records cause another check.
 */
async function watchStockLevel(
  { book, items, policy, rebalance }: WatchPorts,
  id: string,
  traffic: WriteTraffic,
  now: Instant,
): Promise<void> {
  await retryOptimistic({ attempts: ATTEMPTS_MAX, what: `the stock of ${id}` }, async () => {
    const { stockItems, cells: byId } = await loadStock(book, id);
    const sku = stockItems.get(id);
    if (sku === undefined) return 'unknown';
    const cells = [...byId.values()];
    const withLevel = decideStockLevel(sku, cells, now);
    const withProposal = decideShardProposal(withLevel ?? sku, cells, traffic, policy, now);
    const after =
      withProposal === undefined ? withLevel : { ...withProposal, version: sku.version + 1 };
    if (after !== undefined && !(await items.replace(after))) return undefined;
    if (sku.openShardCount > sku.shardCount || hasEndedConsolidation(sku, now))
      await skipIfBusy(rebalance(id, sku.correlationId));
    return 'written';
  });
}
