import { describe, expect, test } from 'vitest';
import {
  SHOP_SKUS_MAX,
  ShopAvailabilityQuery,
} from '../../../../lambdas/contracts/api/storefront.ts';
import { shopItemsOf } from '../../../../lambdas/inventory/domain/stock/shop-availability.ts';
import type { StockLevel } from '../../../../lambdas/inventory/domain/stock/stock-level.ts';
import { readShopAvailability } from '../../../../lambdas/inventory/use-cases/stock/read-shop-availability.ts';
import { aStockLevel, NOON } from '../../../support/inventory.ts';

const recorded = (...levels: readonly StockLevel[]): ReadonlyMap<string, StockLevel> =>
  new Map(levels.map((level) => [level.sku, level]));

describe('the items of a shop page', () => {
  test('are the recorded levels, with the units left where they are recorded', () => {
    const levels = recorded(
      aStockLevel({ sku: 'cup', total: { level: 'low', left: 3 } }),
      aStockLevel({ sku: 'pot', total: { level: 'out' } }),
      aStockLevel({ sku: 'tea', total: { level: 'in' } }),
    );

    expect(shopItemsOf(['cup', 'pot', 'tea'], levels)).toEqual([
      { sku: 'cup', level: 'low', left: 3 },
      { sku: 'pot', level: 'out' },
      { sku: 'tea', level: 'in' },
    ]);
  });

  test('are sorted by the code units of the SKUs, each SKU once', () => {
    const skus = ['tea', 'Zinc', 'a_b', 'a-b', 'tea', 'a.b', '9'];

    expect(shopItemsOf(skus, new Map()).map(({ sku }) => sku)).toEqual([
      '9',
      'Zinc',
      'a-b',
      'a.b',
      'a_b',
      'tea',
    ]);
  });

  test('read out for a SKU without a record, like a sold-out one', () => {
    expect(shopItemsOf(['no-such-sku'], new Map())).toEqual([{ sku: 'no-such-sku', level: 'out' }]);
  });

  test('list the locations for pickup that have units, sorted', () => {
    const levels = recorded(
      aStockLevel({
        total: { level: 'in' },
        locations: {
          west: { level: 'low', left: 1, pickup: true },
          empty: { level: 'out', pickup: true },
          depot: { level: 'in' },
          east: { level: 'in', pickup: true },
        },
      }),
    );

    expect(shopItemsOf(['tea'], levels)).toEqual([
      { sku: 'tea', level: 'in', pickup: ['east', 'west'] },
    ]);
  });

  test('have no pickup where no location for it has units', () => {
    const levels = recorded(
      aStockLevel({
        total: { level: 'in' },
        locations: { depot: { level: 'in' }, shop: { level: 'out', pickup: true } },
      }),
    );

    expect(shopItemsOf(['tea'], levels)).toEqual([{ sku: 'tea', level: 'in' }]);
  });

  test('may be for pickup only: the total is of the locations that ship', () => {
    const levels = recorded(
      aStockLevel({
        total: { level: 'out' },
        locations: { shop: { level: 'in', pickup: true } },
      }),
    );

    expect(shopItemsOf(['tea'], levels)).toEqual([{ sku: 'tea', level: 'out', pickup: ['shop'] }]);
  });
});

test('the records of all SKUs are read in one request, each once', async () => {
  const reads: (readonly string[])[] = [];
  const readForDisplay = async (skus: readonly string[]) => {
    reads.push(skus);
    return recorded(aStockLevel({ total: { level: 'in' } }));
  };

  const view = await readShopAvailability({ readForDisplay }, ['tea', 'cup', 'tea'], NOON);

  expect(reads).toEqual([['tea', 'cup']]);
  expect(view).toEqual({
    asOf: '2026-01-01T12:00:00.000Z',
    items: [
      { sku: 'cup', level: 'out' },
      { sku: 'tea', level: 'in' },
    ],
  });
});

describe('the query', () => {
  const skusOf = (count: number, of: (index: number) => string = (index) => `sku-${index}`) =>
    Array.from({ length: count }, (_, index) => of(index)).join(',');
  const parse = (skus: unknown) => ShopAvailabilityQuery.safeParse({ skus }).success;

  test.each([
    [SHOP_SKUS_MAX - 1, true],
    [SHOP_SKUS_MAX, true],
    [SHOP_SKUS_MAX + 1, false],
  ])('with %d SKUs is valid: %s', (count, isValid) => {
    expect(parse(skusOf(count))).toBe(isValid);
  });

  test('may have the longest SKUs', () => {
    expect(parse(skusOf(SHOP_SKUS_MAX, () => 'x'.repeat(64)))).toBe(true);
    expect(parse('x'.repeat(65))).toBe(false);
  });

  test.each([undefined, '', ',', 'tea,', ',tea', 'tea,,cup', 'tea, cup', 'a/b', 'té'])(
    'is invalid: %j',
    (skus) => {
      expect(parse(skus)).toBe(false);
    },
  );
});
