import { RetryLater } from '../../../shared/core/faults.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import { UnreadableRecord } from '../../../shared/core/unreadable.ts';
import type { Progress, Refused } from '../../../shared/events/progress.ts';
import { log } from '../../../shared/observability/logger.ts';
import { FIRST_SHARD } from '../../domain/ledger/cell.ts';
import type { Sku } from '../../domain/ledger/sku.ts';
import { hasEndedConsolidation } from '../../domain/sharding/consolidate.ts';
import { decideHeat, type HeatPolicy, isRush, type Traffic } from '../../domain/sharding/heat.ts';
import { type CellChange, decideStockLevel, isToLookAt } from '../../domain/stock/stock-level.ts';
import type { SkuStore } from '../ports.ts';

/** Another watcher, or a change of the settings, may be quicker; then the level is looked at again. */
const TRIES_MAX = 5;

type Watched = {
  readonly store: SkuStore;
  readonly policy: HeatPolicy;
  /** Goes on emptying the cells that a sku has too many, and levels those of a consolidation that has ended. */
  readonly spread: (sku: string, correlationId: string) => Promise<void>;
};

/**
 * Looks once at each sku of a batch of balance changes that has to be looked at. Returns how many changes from the front are done. A
 * change of a sku that has an unreadable record is refused: the look fails until that is mended.
 */
export async function watchStockLevels(
  watched: Watched,
  changes: readonly CellChange[],
  now: Instant,
): Promise<Progress> {
  const seen = new Set<string>();
  const refused: Refused[] = [];
  const isLeftBehind = leftBehind(watched.store);
  for (const [index, change] of changes.entries()) {
    const sku = change.after?.sku;
    if (sku === undefined || seen.has(sku)) continue;
    const traffic = trafficOf(sku, changes);
    try {
      if (!isToLookAt(change, now) && !isRush(traffic) && !(await isLeftBehind(change))) continue;
      seen.add(sku);
      await watchStockLevel(watched, sku, traffic, now);
    } catch (fault) {
      if (!(fault instanceof UnreadableRecord)) return { done: index, refused, fault };
      // Its other changes in this batch would meet the same record.
      seen.add(sku);
      refused.push({ index, fault });
    }
  }
  return { done: changes.length, refused };
}

/** Tells of a cell behind the sku's shards, which is to be emptied; the first never is. Each sku is read once for a batch. */
function leftBehind(store: SkuStore): (change: CellChange) => Promise<boolean> {
  const records = new Map<string, Sku | undefined>();
  return async ({ after }) => {
    if (after === undefined || after.shard === FIRST_SHARD) return false;
    if (!records.has(after.sku)) records.set(after.sku, await store.record(after.sku));
    const sku = records.get(after.sku);
    return sku !== undefined && after.shard >= sku.shardCount;
  };
}

function trafficOf(sku: string, all: readonly CellChange[]): Traffic {
  const changes = all.filter(({ after }) => after?.sku === sku);
  const met = ({ before, after }: CellChange): number =>
    (after?.conflicts ?? 0) - (before?.conflicts ?? 0);
  return {
    changes: changes.length,
    conflicts: changes.reduce((sum, change) => sum + met(change), 0),
  };
}

/** Where the cells are busy they are left for the next change: other skus must not wait for them. */
const orLater = (spreading: Promise<void>): Promise<void> =>
  spreading.catch((fault: unknown) => {
    if (!(fault instanceof RetryLater)) throw fault;
    log.info('the cells are emptied later', { reason: fault.message });
  });

/**
 * Turns the sku's `low` flag where its availability has crossed the threshold, and proposes more shards where it is hot. Units that move
 * between cells while these are read cannot turn the flag: a transfer writes a version of the record, and `replace` requires the one
 * that was read before the cells. A change that such a read overlooks is found by the next one: a transfer changes the balances of its
 * cells, so their stream records start another look.
 */
async function watchStockLevel(
  { store, policy, spread }: Watched,
  id: string,
  traffic: Traffic,
  now: Instant,
): Promise<void> {
  for (let tried = 0; tried < TRIES_MAX; tried += 1) {
    const { sku, cells: byId } = await store.load(id);
    if (sku === undefined) return;
    const cells = [...byId.values()];
    const levelled = decideStockLevel(sku, cells, now);
    const heated = decideHeat(levelled ?? sku, cells, traffic, policy, now);
    const after = heated === undefined ? levelled : { ...heated, version: sku.version + 1 };
    if (after !== undefined && !(await store.replace(after))) continue;
    if (sku.openShards > sku.shardCount || hasEndedConsolidation(sku, now))
      await orLater(spread(id, sku.correlationId));
    return;
  }
  throw new Error(`the level of ${id} could not be written in ${TRIES_MAX} tries`);
}
