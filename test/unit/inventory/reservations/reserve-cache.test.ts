import { describe, expect, test } from 'vitest';
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

const demand = (quantity: number, sku = 'tea', locationId = 'main') => ({
  sku,
  locationId,
  quantity,
});
const CACHE_ENTRIES_MAX = 10_000;

describe('the shards of a sku', () => {
  const learnt = () => {
    const memory = new ReserveCache();
    memory.rememberShardCounts([aStockItem({ shardCount: 8, openShardCount: 20 })], NOON);
    return memory;
  };

  test.each([
    [-1, 8],
    [0, undefined],
    [1, undefined],
  ])('are known for 5 s, and %i ms', (late, shards) => {
    expect(learnt().shardCountOf('tea', NOON + seconds(5) + late)).toBe(shards);
  });

  test('are not known of another sku, nor after everything was forgotten', () => {
    const memory = learnt();
    const other = memory.shardCountOf('cup', NOON);
    memory.clear();

    expect([other, memory.shardCountOf('tea', NOON)]).toEqual([undefined, undefined]);
  });

  test(`are those of ${CACHE_ENTRIES_MAX} skus: the oldest is forgotten`, () => {
    const memory = new ReserveCache();
    const learn = (number: number) =>
      memory.rememberShardCounts([aStockItem({ sku: `sku-${number}` })], NOON);
    for (let number = 0; number < CACHE_ENTRIES_MAX; number += 1) learn(number);
    learn(0);
    const before = [0, 1, 2].map((number) => memory.shardCountOf(`sku-${number}`, NOON));

    learn(CACHE_ENTRIES_MAX);

    expect(before).toEqual([1, 1, 1]);
    expect([0, 1, 2].map((number) => memory.shardCountOf(`sku-${number}`, NOON))).toEqual([
      1,
      undefined,
      1,
    ]);
  });
});

describe('the cells that are looked at', () => {
  const TURNS = [0, 0.1, 0.25, 0.49, 0.5, 0.74, 0.75, 0.9, 1 - Number.EPSILON];

  test.each([1, 2, 3, 10, 50])('are two of %i, or the only one, whatever chance says', (count) => {
    for (const first of TURNS) {
      for (const second of TURNS) {
        const turns = [first, second];
        const picked = new ReserveCache(() => turns.shift() ?? 0).pickCells(demand(1), count);
        const shards = new Set(picked.map(({ shard }) => shard));

        expect(shards.size).toBe(Math.min(count, 2));
        expect([...shards].every((shard) => shard >= 0 && shard < count)).toBe(true);
      }
    }
  });

  test('are each as likely as any other', () => {
    const TURNS_EACH = 12;
    const seen = new Map<number, number>();
    for (let first = 0; first < TURNS_EACH; first += 1) {
      for (let second = 0; second < TURNS_EACH; second += 1) {
        const turns = [first / TURNS_EACH, second / TURNS_EACH];
        for (const { shard } of new ReserveCache(() => turns.shift() ?? 0).pickCells(demand(1), 4))
          seen.set(shard, (seen.get(shard) ?? 0) + 1);
      }
    }

    expect([...seen].sort()).toEqual([0, 1, 2, 3].map((shard) => [shard, 72]));
  });

  test('are of the demand', () => {
    expect(new ReserveCache().pickCells(demand(1, 'cup', 'annex'), 3)).toEqual([
      { sku: 'cup', locationId: 'annex', shard: 0 },
      { sku: 'cup', locationId: 'annex', shard: 1 },
    ]);
  });

  test('come in an order of chance, all of them', () => {
    const turns = [0.9, 0.1, 0.5];
    const state = stateWith([0, 1, 2].map((shard) => aCell({ shard })));

    const shuffled = new ReserveCache(() => turns.shift() ?? 0).shuffleCells(state);

    expect([...shuffled.cells.values()].map(({ shard }) => shard)).toEqual([1, 2, 0]);
    expect(shuffled.cells).toEqual(state.cells);
  });
});

describe('what was sold out, in a rush', () => {
  const seen = (
    cells = [aCell({ available: 1 }), aCell({ shard: 1, available: 1 })],
    wanted = [demand(3)],
    at = NOON,
  ) => {
    const memory = new ReserveCache();
    for (let time = 0; time < RUSH_REJECTIONS_MIN; time += 1)
      memory.rememberShortage(stateWith(cells), wanted, at);
    return memory;
  };
  const shortages = (requested: number) => [{ sku: 'tea', requested, available: 2 }];

  test.each([
    [-1, shortages(3)],
    [0, []],
    [1, []],
  ])('is refused unread for 1 s, and %i ms', (late, found) => {
    expect(seen().rejectFromCache([demand(3)], NOON + seconds(1) + late)).toEqual(found);
  });

  test.each([
    [1, []],
    [2, []],
    [3, shortages(3)],
    [4, shortages(4)],
  ])('is short for whoever wants more than there was: %i', (quantity, found) => {
    expect(seen().rejectFromCache([demand(quantity)], NOON)).toEqual(found);
  });

  test.each([
    ['another sku', demand(9, 'cup')],
    ['another location', demand(9, 'tea', 'annex')],
  ])('says nothing of %s', (_case, other) => {
    expect(seen().rejectFromCache([other], NOON)).toEqual([]);
  });

  test('is only what was short: of the lines that were refused together, the others are not', () => {
    const memory = seen(
      [aCell({ available: 1 }), aCell({ sku: 'cup', available: 9 })],
      [demand(3), demand(2, 'cup')],
    );

    expect(memory.rejectFromCache([demand(3), demand(10, 'cup')], NOON)).toEqual([
      { sku: 'tea', requested: 3, available: 1 },
    ]);
  });

  test.each([
    [-1, 1],
    [0, 0],
    [1, 0],
  ])('is forgotten when the next hold of any of its cells lapses, and %i ms', (late, count) => {
    const cells = [
      aCell({ held: { [NOON_BUCKET - 60]: 0, [NOON_BUCKET]: 3, [NOON_BUCKET + 60]: 1 } }),
      aCell({ shard: 1, held: { [NOON_BUCKET + 60]: 1 } }),
    ];

    expect(
      seen(cells, [demand(3)], NOON - 400).rejectFromCache([demand(3)], NOON + late),
    ).toHaveLength(count);
  });

  test('is forgotten with everything else, as after a cold start', () => {
    const memory = seen();
    memory.clear();

    expect(memory.rejectFromCache([demand(3)], NOON)).toEqual([]);
  });
});

describe('a rush', () => {
  const short = stateWith([aCell({ available: 1 })]);
  /** After so many rejections, one every `everyMilliseconds`, the last one at NOON. */
  const rejecting = (rejections: number, everyMilliseconds: number) => {
    const memory = new ReserveCache();
    for (let left = rejections - 1; left >= 0; left -= 1)
      memory.rememberShortage(short, [demand(3)], NOON - left * everyMilliseconds);
    return memory;
  };
  const isUsed = (memory: ReserveCache, now = NOON) =>
    memory.rejectFromCache([demand(3)], now).length > 0;

  test.each([
    [RUSH_REJECTIONS_MIN - 1, false],
    [RUSH_REJECTIONS_MIN, true],
    [RUSH_REJECTIONS_MIN + 1, true],
  ])('begins with the twentieth rejection within a second: %i', (rejections, used) => {
    expect(isUsed(rejecting(rejections, 1))).toBe(used);
  });

  test.each([
    [-1, true],
    [0, false],
    [1, false],
  ])('is no rush, where twenty took a second and %i ms', (late, used) => {
    const memory = rejecting(1, 0);
    for (let rejection = 1; rejection < RUSH_REJECTIONS_MIN; rejection += 1)
      memory.rememberShortage(short, [demand(3)], NOON + seconds(1) + late);

    expect(isUsed(memory, NOON + seconds(1) + late)).toBe(used);
  });

  test('goes on by its own rejections', () => {
    const memory = rejecting(RUSH_REJECTIONS_MIN, 1);
    for (let rejection = 0; rejection < RUSH_REJECTIONS_MIN; rejection += 1)
      isUsed(memory, NOON + 900);
    memory.rememberShortage(short, [demand(3)], NOON + 1_000);

    expect(isUsed(memory, NOON + 1_800)).toBe(true);
  });

  test('is over a second after its rejections ended', () => {
    const memory = rejecting(RUSH_REJECTIONS_MIN, 1);
    memory.rememberShortage(short, [demand(3)], NOON + 1_500);

    expect(isUsed(memory, NOON + 1_500)).toBe(false);
  });

  test('for another SKU or location is none', () => {
    const memory = new ReserveCache();
    const others = [demand(3, 'cup'), demand(3, 'tea', 'annex')];
    for (let rejection = 0; rejection < RUSH_REJECTIONS_MIN; rejection += 1)
      memory.rememberShortage(stateWith([]), others, NOON);
    memory.rememberShortage(short, [demand(3)], NOON);

    expect(isUsed(memory)).toBe(false);
  });
});
