import { expect, test } from 'vitest';
import { describeBreaches, readCeilings } from '../../../bench/budgets/budget.ts';
import { bundleSizeBudget } from '../../../bench/budgets/bundle-sizes.ts';

test('every bundle is at most its ceiling, and every ceiling has a bundle', () => {
  expect(
    describeBreaches(bundleSizeBudget.measure(), readCeilings(bundleSizeBudget), bundleSizeBudget),
  ).toEqual([]);
});

test('detects a bundle that grows above its ceiling', () => {
  const { 'inventory/reserve-stock': sizes, ...others } = bundleSizeBudget.measure();
  const { bytes = 0, 'gzip bytes': gzipBytes = 0 } = sizes ?? {};
  const grown = { bytes: Math.ceil(bytes * 1.15), 'gzip bytes': gzipBytes };

  const breaches = describeBreaches(
    { ...others, 'inventory/reserve-stock': grown },
    readCeilings(bundleSizeBudget),
    bundleSizeBudget,
  );

  expect(breaches).toEqual([
    expect.stringMatching(/^inventory\/reserve-stock: [\d ]+ bytes are .+% above/),
  ]);
});
