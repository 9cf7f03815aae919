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

/** Another watcher, or a change of the settings, may be quicker; then the level is looked at again. */
const ATTEMPTS_MAX = 5;

type WatchPorts = {
  readonly book: Pick<StockStore, 'read'>;
  readonly items: StockItemStore;
  readonly policy: ShardScalingPolicy;
  /** Goes on emptying the cells that a sku has too many, and levels those of a consolidation that has ended. */
  readonly rebalance: (sku: string, correlationId: string) => Promise<void>;
};

/**
 * Looks once at each sku of a batch of balance changes that has to be looked at. Returns how many changes from the front are done. A
 * change of a sku that has an unreadable record is refused: the look fails until that is mended.
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
      // Its other changes in this batch would meet the same record.
      seen.add(sku);
      rejected.push({ index, error });
    }
  }
  return { handledCount: changes.length, rejected };
}

/** Tells of a cell behind the sku's shards, which is to be emptied; the first never is. Each sku is read once for a batch. */
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

/** Where the cells are busy they are left for the next change: other skus must not wait for them. */
const skipIfBusy = (rebalancing: Promise<void>): Promise<void> =>
  rebalancing.catch((error: unknown) => {
    if (!(error instanceof RetryLaterError)) throw error;
    logger.info('the cells are emptied later', { reason: error.message });
  });

/**
 * Turns the sku's `low` flag where its availability has crossed the threshold, and proposes more shards where it is hot. Units that move
 * between cells while these are read cannot turn the flag: a transfer writes a version of the record, and `replace` requires the one
 * that was read before the cells. A change that such a read overlooks is found by the next one: a transfer changes the balances of its
 * cells, so their stream records start another look.
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
