import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod/mini';
import { SeededRandom } from '../simulator/random.ts';
import type { Target } from './clients.ts';
import { createSku, headersOf, REBALANCE_INTERVAL_MILLISECONDS, setShardCount } from './target.ts';

export type RebalancingReport = {
  readonly reads: number;
  /** Sums of reads that differ from the constant total. */
  readonly wrongSums: readonly number[];
  /** Number of 503 responses with Retry-After, because units were moved during every attempt. */
  readonly retryLater: number;
  readonly rebalancings: number;
};

const READ_UNITS = 1_000;
const READERS = 4;
const READ_SHARDS_MAX = 10;

const StockSum = z.object({ onHand: z.number(), available: z.number() });

/**
 * Reads a SKU without receipts or sales while its units are moved between up to ten shards. Each
 * read must return all units.
 */
export async function readWhileRebalancing(
  target: Target,
  { reads, seed }: { readonly reads: number; readonly seed: number },
): Promise<RebalancingReport> {
  const random = new SeededRandom(seed, 'rebalancing');
  const sku = `rebalanced-${seed}`;
  await createSku(target, sku, { shardCount: 2, units: READ_UNITS });
  let [started, done, retryLater, rebalancings] = [0, 0, 0, 0];
  const wrongSums: number[] = [];
  const read = async (): Promise<void> => {
    while (started < reads) {
      started += 1;
      for (;;) {
        const response = await fetch(`${target.api}/stock/${sku}`, { headers: headersOf(target) });
        const body: unknown = await response.json();
        if (response.status === 503 && response.headers.has('retry-after')) {
          retryLater += 1;
          continue;
        }
        if (!response.ok)
          throw new Error(`A read returned ${response.status} ${JSON.stringify(body)}.`);
        const { onHand, available } = StockSum.parse(body);
        if (onHand !== READ_UNITS || available !== READ_UNITS) wrongSums.push(onHand);
        break;
      }
      done += 1;
    }
  };
  const rebalance = async (): Promise<void> => {
    while (done < reads) {
      await setShardCount(target, sku, random.nextInteger(1, READ_SHARDS_MAX));
      rebalancings += 1;
      await delay(REBALANCE_INTERVAL_MILLISECONDS);
    }
  };
  await Promise.all([...Array.from({ length: READERS }, read), rebalance()]);
  return { reads: done, wrongSums, retryLater, rebalancings };
}
