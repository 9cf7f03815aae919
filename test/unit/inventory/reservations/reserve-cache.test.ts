import { describe, expect, test } from 'vitest';
import type { StockItem } from '../../../../lambdas/inventory/domain/ledger/stock-item.ts';
import {
  ReserveCache,
  RUSH_REJECTIONS_MIN,
} from '../../../../lambdas/inventory/use-cases/reservations/reserve-cache.ts';
import {
  aCell,
  aStockItem,
  NOON,
  NOON_BUCKET,
  seconds,
  stateWith,
} from '../../../support/inventory.ts';
import { aDemand } from '../../../support/reserve.ts';

const demand = (quantity: number, sku = 'tea', ...candidates: readonly string[]) =>
  aDemand(quantity, sku, candidates.length === 0 ? ['main'] : candidates);
const skusOf = (...all: readonly StockItem[]) => ({
  stockItems: new Map(all.map((one) => [one.sku, one])),
  locations: new Map(),
});
const AT_MAIN = { sku: 'tea', locationId: 'main' };
const CACHE_ENTRIES_MAX = 10_000;

describe('the cached settings of a SKU', () => {
  const cacheWithSku = () => {
    const cache = new ReserveCache();
    cache.rememberSettings(skusOf(aStockItem({ shardCount: 8, openShardCount: 20 })), NOON);
    return cache;
  };

  test.each([
    [-1, 8],
    [0, undefined],
    [1, undefined],
  ])('is kept for 5 s (and %i ms)', (late, shards) => {
    expect(cacheWithSku().skuOf('tea', NOON + seconds(5) + late)?.shardCount).toBe(shards);
  });

  test('is unknown for another SKU, and after the cache was cleared', () => {
    const cache = cacheWithSku();
    const other = cache.skuOf('cup', NOON)?.shardCount;
    cache.clear();

    expect([other, cache.skuOf('tea', NOON)?.shardCount]).toEqual([undefined, undefined]);
  });

  test(`is kept for ${CACHE_ENTRIES_MAX} SKUs, without the oldest`, () => {
    const cache = new ReserveCache();
    const learn = (number: number) =>
      cache.rememberSettings(skusOf(aStockItem({ sku: `sku-${number}` })), NOON);
    for (let number = 0; number < CACHE_ENTRIES_MAX; number += 1) learn(number);
    learn(0);
    const before = [0, 1, 2].map((number) => cache.skuOf(`sku-${number}`, NOON)?.shardCount);

    learn(CACHE_ENTRIES_MAX);

    expect(before).toEqual([1, 1, 1]);
    expect([0, 1, 2].map((number) => cache.skuOf(`sku-${number}`, NOON)?.shardCount)).toEqual([
      1,
      undefined,
      1,
    ]);
  });
});

describe('the cells that are read', () => {
  const RANDOM_VALUES = [0, 0.1, 0.25, 0.49, 0.5, 0.74, 0.75, 0.9, 1 - Number.EPSILON];

  test.each([1, 2, 3, 10, 50])(
    'are two of %i, or the only one, for any random numbers',
    (count) => {
      for (const first of RANDOM_VALUES) {
        for (const second of RANDOM_VALUES) {
          const values = [first, second];
          const picked = new ReserveCache(() => values.shift() ?? 0).pickCells(AT_MAIN, count);
          const shards = new Set(picked.map(({ shard }) => shard));

          expect(shards.size).toBe(Math.min(count, 2));
          expect([...shards].every((shard) => shard >= 0 && shard < count)).toBe(true);
        }
      }
    },
  );

  test('are all equally likely', () => {
    const STEPS = 12;
    const seen = new Map<number, number>();
    for (let first = 0; first < STEPS; first += 1) {
      for (let second = 0; second < STEPS; second += 1) {
        const values = [first / STEPS, second / STEPS];
        for (const { shard } of new ReserveCache(() => values.shift() ?? 0).pickCells(AT_MAIN, 4))
          seen.set(shard, (seen.get(shard) ?? 0) + 1);
      }
    }

    expect([...seen].sort()).toEqual([0, 1, 2, 3].map((shard) => [shard, 72]));
  });

  test('belong to the SKU and location of the demand', () => {
    expect(new ReserveCache().pickCells({ sku: 'cup', locationId: 'annex' }, 3)).toEqual([
      { sku: 'cup', locationId: 'annex', shard: 0 },
      { sku: 'cup', locationId: 'annex', shard: 1 },
    ]);
  });

  test('are shuffled, and none is lost', () => {
    const values = [0.9, 0.1, 0.5];
    const state = stateWith([0, 1, 2].map((shard) => aCell({ shard })));

    const shuffled = new ReserveCache(() => values.shift() ?? 0).shuffleCells(state);

    expect([...shuffled.cells.values()].map(({ shard }) => shard)).toEqual([1, 2, 0]);
    expect(shuffled.cells).toEqual(state.cells);
  });
});

describe('a cached shortage during a rush', () => {
  const cacheOf = (
    cells = [aCell({ available: 1 }), aCell({ shard: 1, available: 1 })],
    wanted = [demand(3)],
    at = NOON,
  ) => {
    const cache = new ReserveCache();
    for (let time = 0; time < RUSH_REJECTIONS_MIN; time += 1)
      cache.rememberShortage(stateWith(cells), wanted, at);
    return cache;
  };
  const shortages = (requested: number) => [
    { sku: 'tea', requested, available: 2, at: [{ locationId: 'main', available: 2 }] },
  ];

  test('has the sellable units of a cell with safety stock', () => {
    const cells = [aCell({ available: 5, floor: 4 }), aCell({ shard: 1, available: 1 })];

    expect(cacheOf(cells).rejectFromCache([demand(3)], NOON)).toEqual(shortages(3));
  });

  test.each([
    [-1, shortages(3)],
    [0, []],
    [1, []],
  ])('rejects without a read for 1 s (and %i ms)', (late, found) => {
    expect(cacheOf().rejectFromCache([demand(3)], NOON + seconds(1) + late)).toEqual(found);
  });

  test.each([
    [-1, shortages(3)],
    [0, []],
    [1, []],
  ])('expires after 1 s although the rush continues (and %i ms)', (late, found) => {
    const cache = cacheOf();
    for (let rejection = 0; rejection < RUSH_REJECTIONS_MIN; rejection += 1)
      cache.rejectFromCache([demand(3)], NOON + 900);

    expect(cache.rejectFromCache([demand(3)], NOON + seconds(1) + late)).toEqual(found);
  });

  test.each([
    [1, []],
    [2, []],
    [3, shortages(3)],
    [4, shortages(4)],
  ])('rejects demands for more units than there were: %i', (quantity, found) => {
    expect(cacheOf().rejectFromCache([demand(quantity)], NOON)).toEqual(found);
  });

  test.each([
    ['another SKU', demand(9, 'cup')],
    ['another location', demand(9, 'tea', 'annex')],
  ])('does not reject demands for %s', (_case, other) => {
    expect(cacheOf().rejectFromCache([other], NOON)).toEqual([]);
  });

  test('covers only the lines that were short, not the others of the same request', () => {
    const cache = cacheOf(
      [aCell({ available: 1 }), aCell({ sku: 'cup', available: 9 })],
      [demand(3), demand(2, 'cup')],
    );

    expect(cache.rejectFromCache([demand(3), demand(10, 'cup')], NOON)).toEqual([
      { sku: 'tea', requested: 3, available: 1, at: [{ locationId: 'main', available: 1 }] },
    ]);
  });

  test.each([
    [-1, 1],
    [0, 0],
    [1, 0],
  ])('ends when the next hold of any of its cells expires (and %i ms)', (late, count) => {
    const cells = [
      aCell({ held: { [NOON_BUCKET - 60]: 0, [NOON_BUCKET]: 3, [NOON_BUCKET + 60]: 1 } }),
      aCell({ shard: 1, held: { [NOON_BUCKET + 60]: 1 } }),
    ];

    expect(
      cacheOf(cells, [demand(3)], NOON - 400).rejectFromCache([demand(3)], NOON + late),
    ).toHaveLength(count);
  });

  test('is removed when the cache is cleared', () => {
    const cache = cacheOf();
    cache.clear();

    expect(cache.rejectFromCache([demand(3)], NOON)).toEqual([]);
  });
});

describe('a rush', () => {
  const soldOut = stateWith([aCell({ available: 1 })]);
  /**
   * Returns a cache after a number of rejections, one every `everyMilliseconds`, the last one at
   * NOON.
   */
  const cacheAfter = (rejections: number, everyMilliseconds: number) => {
    const cache = new ReserveCache();
    for (let left = rejections - 1; left >= 0; left -= 1)
      cache.rememberShortage(soldOut, [demand(3)], NOON - left * everyMilliseconds);
    return cache;
  };
  const isUsed = (cache: ReserveCache, now = NOON) =>
    cache.rejectFromCache([demand(3)], now).length > 0;

  test.each([
    [RUSH_REJECTIONS_MIN - 1, false],
    [RUSH_REJECTIONS_MIN, true],
    [RUSH_REJECTIONS_MIN + 1, true],
  ])('starts with the twentieth rejection within a second: %i', (rejections, used) => {
    expect(isUsed(cacheAfter(rejections, 1))).toBe(used);
  });

  test.each([
    [-1, true],
    [0, false],
    [1, false],
  ])('starts only if twenty rejections take less than a second (and %i ms)', (late, used) => {
    const cache = cacheAfter(1, 0);
    for (let rejection = 1; rejection < RUSH_REJECTIONS_MIN; rejection += 1)
      cache.rememberShortage(soldOut, [demand(3)], NOON + seconds(1) + late);

    expect(isUsed(cache, NOON + seconds(1) + late)).toBe(used);
  });

  test('continues while it rejects from the cache', () => {
    const cache = cacheAfter(RUSH_REJECTIONS_MIN, 1);
    for (let rejection = 0; rejection < RUSH_REJECTIONS_MIN; rejection += 1)
      isUsed(cache, NOON + 900);
    cache.rememberShortage(soldOut, [demand(3)], NOON + 1_000);

    expect(isUsed(cache, NOON + 1_800)).toBe(true);
  });

  test('ends a second after its last rejection', () => {
    const cache = cacheAfter(RUSH_REJECTIONS_MIN, 1);
    cache.rememberShortage(soldOut, [demand(3)], NOON + 1_500);

    expect(isUsed(cache, NOON + 1_500)).toBe(false);
  });

  test('of another SKU does not count', () => {
    const cache = new ReserveCache();
    const others = [demand(3, 'cup')];
    for (let rejection = 0; rejection < RUSH_REJECTIONS_MIN; rejection += 1)
      cache.rememberShortage(stateWith([]), others, NOON);
    cache.rememberShortage(soldOut, [demand(3)], NOON);

    expect(isUsed(cache)).toBe(false);
  });
});
