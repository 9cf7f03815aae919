import { RetryLaterError } from '../../../shared/core/errors.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import { decideRebalance, type RebalanceStock } from '../../domain/sharding/rebalance.ts';
import { executeCommand } from '../execute-command.ts';
import { loadStock } from '../load-state.ts';
import type { StockStore } from '../ports.ts';

/** Maximum steps of one call: far more than 50 shards at ten locations need. */
const STEPS_MAX = 1_000;

/**
 * Time after which no step starts. The consumer has 30 seconds, and the last step and its retries
 * need the rest.
 */
export const REBALANCE_MILLISECONDS_MAX = 20_000;

type Clock = () => Instant;

/**
 * Spreads a SKU's units over its shards, step by step. Throws RetryLaterError if steps remain, if
 * time is up according to `clock`, or if the book stayed busy.
 */
export async function rebalanceStock(
  store: StockStore,
  command: RebalanceStock,
  stepsMax: number = STEPS_MAX,
  clock: Clock = () => command.now,
): Promise<void> {
  for (
    let step = 0;
    step < stepsMax && clock() < command.now + REBALANCE_MILLISECONDS_MAX;
    step += 1
  ) {
    const result = await executeCommand(store, {
      context: command,
      read: () => loadStock(store, command.sku),
      decide: (state) => decideRebalance(state, command),
    });
    if (result.ok && result.value.isDone) return;
  }
  throw new RetryLaterError(`the units of ${command.sku} are not yet spread over its shards`);
}

/**
 * Rebalances each SKU once, because commands of one SKU would conflict. Returns a result for each
 * command.
 */
export async function rebalanceStocks(
  store: StockStore,
  commands: readonly RebalanceStock[],
  clock?: Clock,
): Promise<PromiseSettledResult<unknown>[]> {
  const bySku = new Map<string, Promise<void>>();
  return Promise.allSettled(
    commands.map((command) => {
      const work = bySku.get(command.sku) ?? rebalanceStock(store, command, STEPS_MAX, clock);
      bySku.set(command.sku, work);
      return work;
    }),
  );
}
