import { expect, test } from 'vitest';
import { breachesOf, ceilingsOf } from '../../../bench/budgets/budget.ts';
import { bundleBudget } from '../../../bench/budgets/bundles.ts';

test('no bundle is above its ceiling, and no ceiling is for nothing', () => {
  expect(breachesOf(bundleBudget.measure(), ceilingsOf(bundleBudget), bundleBudget)).toEqual([]);
});

test('a bundle that grows by more than any ceiling is above it is found', () => {
  const { 'inventory/reserve-stock': sizes, ...others } = bundleBudget.measure();
  const { bytes = 0, 'gzip bytes': gzipBytes = 0 } = sizes ?? {};
  const grown = { bytes: Math.ceil(bytes * 1.15), 'gzip bytes': gzipBytes };

  const breaches = breachesOf(
    { ...others, 'inventory/reserve-stock': grown },
    ceilingsOf(bundleBudget),
    bundleBudget,
  );

  expect(breaches).toEqual([
    expect.stringMatching(/^inventory\/reserve-stock: [\d ]+ bytes are .+% above/),
  ]);
});
