import { RetryLater } from '../../../shared/core/faults.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import { decideSpread, type SpreadStock } from '../../domain/sharding/spread.ts';
import { changeBook } from '../change-book.ts';
import type { StockStore } from '../ports.ts';

/** Far more than 50 shards at ten locations take. */
const STEPS_MAX = 1_000;

/** Time that steps may take, of the consumer's 30 seconds: the last step and its retries end within the rest. */
export const SPREAD_MILLISECONDS_MAX = 20_000;

type Clock = () => Instant;

/**
 * Spreads a SKU's units over its shards, step by step. Throws RetryLater where more steps are left, time is up by `clock`, or the
 * book stayed busy.
 */
export async function spreadStock(
  store: StockStore,
  command: SpreadStock,
  stepsMax: number = STEPS_MAX,
  clock: Clock = () => command.now,
): Promise<void> {
  for (
    let step = 0;
    step < stepsMax && clock() < command.now + SPREAD_MILLISECONDS_MAX;
    step += 1
  ) {
    const result = await changeBook(store, { sku: command.sku }, command, (state) =>
      decideSpread(state, command),
    );
    if (result.ok && result.value.isDone) return;
  }
  throw new RetryLater(`the units of ${command.sku} are not spread yet`);
}

/** Each sku once, though several of the commands may be of it: they would be in each other's way. Answers for each command. */
export async function spreadStocks(
  store: StockStore,
  commands: readonly SpreadStock[],
  clock?: Clock,
): Promise<PromiseSettledResult<unknown>[]> {
  const bySku = new Map<string, Promise<void>>();
  return Promise.allSettled(
    commands.map((command) => {
      const work = bySku.get(command.sku) ?? spreadStock(store, command, STEPS_MAX, clock);
      bySku.set(command.sku, work);
      return work;
    }),
  );
}
