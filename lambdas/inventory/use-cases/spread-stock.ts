import { RetryLater } from '../../shared/faults.ts';
import { decideSpread, type SpreadStock } from '../domain/spread.ts';
import { changeBook } from './change-book.ts';
import type { StockStore } from './ports.ts';

/** Far more than 50 shards at ten locations take. */
const STEPS_MAX = 1_000;

/** Spreads a sku's units over its shards, step by step. Throws RetryLater where more steps are left, or the book stayed busy. */
export async function spreadStock(
  store: StockStore,
  command: SpreadStock,
  stepsMax: number = STEPS_MAX,
): Promise<void> {
  for (let step = 0; step < stepsMax; step += 1) {
    const result = await changeBook(store, { sku: command.sku }, command, (state) =>
      decideSpread(state, command),
    );
    if (result.ok && result.value.isDone) return;
  }
  throw new RetryLater(`the units of ${command.sku} are not spread after ${stepsMax} steps`);
}

/** Each sku once, though several of the commands may be of it: they would be in each other's way. Answers for each command. */
export async function spreadStocks(
  store: StockStore,
  commands: readonly SpreadStock[],
): Promise<PromiseSettledResult<unknown>[]> {
  const bySku = new Map<string, Promise<void>>();
  return Promise.allSettled(
    commands.map((command) => {
      const work = bySku.get(command.sku) ?? spreadStock(store, command);
      bySku.set(command.sku, work);
      return work;
    }),
  );
}
