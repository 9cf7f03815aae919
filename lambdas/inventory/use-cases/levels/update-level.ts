import { RetryLaterError } from '../../../shared/core/errors.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import { retryOptimistic } from '../../../shared/core/retry-optimistic.ts';
import { tryRead } from '../../../shared/core/unreadable-record.ts';
import { logger } from '../../../shared/observability/logger.ts';
import { openCellKeysOf } from '../../domain/ledger/stock-item.ts';
import { decideLevel, type LevelFacts, type LevelRules } from '../../domain/stock/decide-level.ts';
import type { StockLevel } from '../../domain/stock/stock-level.ts';
import { loadCells, loadReadableLocations, loadStockItems } from '../load-state.ts';
import type { StockLevelStore, StockStore } from '../ports.ts';

export type LevelPorts = {
  readonly book: Pick<StockStore, 'read'>;
  readonly levels: Pick<StockLevelStore, 'read' | 'replace'>;
  readonly showBelow: LevelRules['showBelow'];
};

/** The recorded levels of a SKU, and what the next ones are decided on. */
export type LevelState = { readonly before: StockLevel | undefined; readonly facts: LevelFacts };
/** The recorded levels before and after an update. `after` is absent if nothing was written. */
export type LevelUpdate = {
  readonly before: StockLevel | undefined;
  readonly after?: StockLevel | undefined;
};

type UpdateRules = Pick<LevelRules, 'now' | 'mayRaise'>;

/** Maximum attempts. A watcher, a look or a transfer may change the records first. */
const ATTEMPTS_MAX = 5;

/**
 * Loads the states of those of the SKUs that exist. The records of their levels are read before the
 * cells: another process that decides on newer cells writes a newer version of them.
 */
export async function loadLevelStates(
  { book, levels }: Pick<LevelPorts, 'book' | 'levels'>,
  skus: readonly string[],
): Promise<ReadonlyMap<string, LevelState>> {
  const [recorded, stockItems] = await Promise.all([levels.read(skus), loadStockItems(book, skus)]);
  const records = [...stockItems.values()];
  const locationIds = [...new Set(records.flatMap((one) => one.locations))];
  const [cells, locations] = await Promise.all([
    loadCells(book, records.flatMap(openCellKeysOf)),
    loadReadableLocations(book, locationIds),
  ]);
  return new Map(
    records.map((stockItem) => {
      const { sku } = stockItem;
      const ofSku = [...cells.values()].filter((cell) => cell.sku === sku);
      return [sku, { before: recorded.get(sku), facts: { stockItem, cells: ofSku, locations } }];
    }),
  );
}

/**
 * Writes the next levels of a SKU, if there are any. Returns undefined if they must be decided
 * again: a record changed since it was read. Before a write, the record of the SKU is read again: a
 * transfer between its cells during their reads has changed it.
 */
export async function updateLevel(
  { book, levels, showBelow }: LevelPorts,
  { before, facts }: LevelState,
  rules: UpdateRules,
): Promise<LevelUpdate | undefined> {
  const after = decideLevel(before, facts, { ...rules, showBelow });
  if (after === undefined) return { before };
  const { sku, version } = facts.stockItem;
  const stored = await loadStockItems(book, [sku]);
  if (stored.get(sku)?.version !== version) return undefined;
  return (await levels.replace(after)) ? { before, after } : undefined;
}

/**
 * Raises and lowers the levels of SKUs, all of which are read together. Returns the updates, and
 * the SKUs that changed during each attempt. An unreadable record is logged and its SKU is skipped.
 */
export async function updateLevels(
  ports: LevelPorts,
  skus: readonly string[],
  now: Instant,
): Promise<{ readonly updates: readonly LevelUpdate[]; readonly busySkus: readonly string[] }> {
  const states = await tryRead(() => loadLevelStates(ports, skus));
  const updates: LevelUpdate[] = [];
  const busySkus: string[] = [];
  const update = async (sku: string): Promise<void> => {
    const loaded = states && { state: states.get(sku) };
    try {
      const done = await tryRead(() => updateOne(ports, sku, loaded, now));
      if (done !== undefined) updates.push(done);
    } catch (error) {
      if (!(error instanceof RetryLaterError)) throw error;
      busySkus.push(sku);
      logger.info('The levels are left to the next look', { sku, reason: error.message });
    }
  };
  await Promise.all(skus.map(update));
  return { updates, busySkus };
}

/** Updates a SKU. Each attempt after the first reads its state again. */
const updateOne = (
  ports: LevelPorts,
  sku: string,
  loaded: { readonly state: LevelState | undefined } | undefined,
  now: Instant,
): Promise<LevelUpdate> =>
  retryOptimistic({ attempts: ATTEMPTS_MAX, what: `the levels of ${sku}` }, async (earlier) => {
    const isLoaded = earlier === 0 && loaded !== undefined;
    const state = isLoaded ? loaded.state : (await loadLevelStates(ports, [sku])).get(sku);
    return state === undefined
      ? { before: undefined }
      : updateLevel(ports, state, { now, mayRaise: true });
  });
