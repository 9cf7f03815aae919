import { expect, test } from 'vitest';
import { runDurabilityTest } from './durability.ts';

/** A sample. `npm run test:durability` runs more transactions. */
const TRANSACTIONS = 250;
const KILLS = 3;

test('killing processes during transfers loses no acknowledged change and repeats none', async () => {
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
