import type { Instant } from '../../shared/instant.ts';
import { decideStockLevel } from '../domain/stock-level.ts';
import type { SkuStore } from './ports.ts';

/** Another watcher, or a change of the settings, may be quicker; then the level is looked at again. */
const TRIES_MAX = 5;

type BalanceChange = { readonly after: Readonly<Record<string, unknown>> | undefined };

/** Looks once at each sku of a batch of balance changes. Answers how many changes from the front are done. */
export async function watchStockLevels(
  store: SkuStore,
  changes: readonly BalanceChange[],
  now: Instant,
): Promise<{ done: number; fault?: unknown }> {
  const seen = new Set<unknown>();
  for (const [index, { after }] of changes.entries()) {
    const sku = after?.sku;
    if (typeof sku !== 'string' || seen.has(sku)) continue;
    seen.add(sku);
    try {
      await watchStockLevel(store, sku, now);
    } catch (fault) {
      return { done: index, fault };
    }
  }
  return { done: changes.length };
}

/** Turns the sku's `low` flag where its availability has crossed the threshold. */
async function watchStockLevel(store: SkuStore, sku: string, now: Instant): Promise<void> {
  for (let tried = 0; tried < TRIES_MAX; tried += 1) {
    const state = await store.load(sku);
    const after = state.sku && decideStockLevel(state.sku, [...state.cells.values()], now);
    if (after === undefined || (await store.replace(after))) return;
  }
  throw new Error(`the level of ${sku} could not be written in ${TRIES_MAX} tries`);
}
