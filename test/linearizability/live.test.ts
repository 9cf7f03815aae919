import { afterAll, beforeAll, expect, test } from 'vitest';
import { readWhileRebalancing } from './rebalancing.ts';
import { recordAndCheckHistories } from './run.ts';
import { startTarget } from './target.ts';

/** A sample. `npm run test:linearizability` records more requests of more clients. */
const CLIENTS = 8;
const REQUESTS = 12;
const READS = 100;

let target: Awaited<ReturnType<typeof startTarget>>;
beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target?.stop());

test('responses to concurrent clients are linearizable with aborts, repeats and rebalancing', async () => {
  const { skus, rebalancings, failures } = await recordAndCheckHistories(target, {
    clients: CLIENTS,
    requests: REQUESTS,
    seed: 1,
  });

  expect(skus.flatMap(({ violations }) => violations)).toEqual([]);
  expect(new Set(skus.map(({ result }) => result))).toEqual(new Set(['linearizable']));
  expect(failures).not.toHaveProperty('500');
  expect(skus.reduce((sum, { operations }) => sum + operations, 0)).toBeGreaterThan(
    CLIENTS * REQUESTS,
  );
  expect(skus.reduce((sum, { unknown }) => sum + unknown, 0)).toBeGreaterThan(0);
  expect(rebalancings).toBeGreaterThan(0);
});

test('a read counts all units while they are moved between cells', async () => {
  const { reads, wrongSums, rebalancings } = await readWhileRebalancing(target, {
    reads: READS,
    seed: 1,
  });

  expect(wrongSums).toEqual([]);
  expect(reads).toBe(READS);
  expect(rebalancings).toBeGreaterThan(0);
});
