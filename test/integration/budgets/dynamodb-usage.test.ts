import { beforeAll, expect, test } from 'vitest';
import { describeBreaches, type Figures, readCeilings } from '../../../bench/budgets/budget.ts';
import { dynamodbBudget } from '../../../bench/budgets/dynamodb-usage.ts';
import { loadFactor } from '../../../local/load-factor.ts';

/** It has a local runtime of its own. */
const START_MILLISECONDS_MAX = 180_000;

let figures: Figures;
beforeAll(async () => {
  figures = await dynamodbBudget.measure();
}, START_MILLISECONDS_MAX * loadFactor());

test('no operation asks more of DynamoDB than its ceiling, and no ceiling is for nothing', () => {
  expect(describeBreaches(figures, readCeilings(dynamodbBudget), dynamodbBudget)).toEqual([]);
});

test('one call more of an operation is found, with its figure and what to do', () => {
  const subject = 'reserve two lines';
  const { calls = 0 } = figures[subject] ?? {};

  const breaches = describeBreaches(
    { ...figures, [subject]: { ...figures[subject], calls: calls + 1 } },
    readCeilings(dynamodbBudget),
    dynamodbBudget,
  );

  expect(breaches).toEqual([
    expect.stringMatching(
      new RegExp(
        `^${subject}: ${calls + 1} calls are .+ above the ceiling of ${calls}: .+ npm run budgets -- --update$`,
      ),
    ),
  ]);
});

test('a reserve that nobody else is in the way of is two round trips', () => {
  expect(figures['reserve one line']?.calls).toBe(2);
  expect(figures['reserve two lines']?.calls).toBe(2);
});

test('the levels of a page of 50 SKUs are one round trip and half a read unit each', () => {
  expect(figures['read 50 stock levels']).toEqual({
    calls: 1,
    'read units': 25,
    'write units': 0,
  });
});

test('a completed order of two lines is three transitions and at most 50 write units', () => {
  const { transitions = Number.NaN, 'write units': writeUnits = Number.NaN } =
    figures['complete an order, total'] ?? {};

  expect(transitions).toBe(3);
  expect(writeUnits).toBeLessThanOrEqual(50);
});
