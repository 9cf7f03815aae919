import { expect, test } from 'vitest';
import { runDurabilityTest } from './durability.ts';

/** `npm run test:durability` moves a hundred thousand. */
const TRANSACTIONS = 250;
const KILLS = 3;

test('processes that are killed while units move between skus: nothing acknowledged is lost, nothing is done twice', async () => {
  const { violations, reads, ...report } = await runDurabilityTest({
    transactions: TRANSACTIONS,
    kills: KILLS,
    seed: 1,
    clients: 16,
  });

  expect(violations).toEqual([]);
  expect(report).toMatchObject({ transactions: TRANSACTIONS, kills: KILLS });
  expect(report.acknowledged).toBeGreaterThan(TRANSACTIONS / 2);
  expect(reads).toBeGreaterThan(0);
});
