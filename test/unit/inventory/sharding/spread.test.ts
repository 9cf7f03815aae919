import { describe, expect, test } from 'vitest';
import { type Cell, cellIdOf } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { type Sku, withShards } from '../../../../lambdas/inventory/domain/ledger/sku.ts';
import {
  decideSpread,
  TRANSFER_UNITS_MAX,
} from '../../../../lambdas/inventory/domain/sharding/spread.ts';
import {
  SPREAD_MILLISECONDS_MAX,
  spreadStock,
  spreadStocks,
} from '../../../../lambdas/inventory/use-cases/sharding/spread-stock.ts';
import {
  putStock,
  receiveStock,
} from '../../../../lambdas/inventory/use-cases/stock/enter-stock.ts';
import { RetryLater } from '../../../../lambdas/shared/core/faults.ts';
import { accepted } from '../../../../lambdas/shared/core/result.ts';
import {
  aCell,
  acceptedOf,
  aSku,
  changeOf,
  context,
  NOON,
  NOON_SLOT,
  receiving,
  stateWith,
} from '../../../support/inventory.ts';
import { MemoryStockStore } from '../../../support/memory-stock-store.ts';

const spreading = { ...context(), sku: 'tea' };

/** A book with one sku, whose steps are taken until there is none left. */
async function spread(sku: Sku, cells: readonly Cell[]) {
  const store = new MemoryStockStore();
  store.skus.set(sku.sku, sku);
  for (const cell of cells) store.cells.set(cellIdOf(cell), cell);
  let steps = 0;
  const apply = store.apply.bind(store);
  store.apply = async (change) => {
    steps += 1;
    return apply(change);
  };
  await spreadStock(store, spreading);
  const after = store.skus.get(sku.sku);
  const unitsAt = (locationId: string) =>
    [...store.cells.values()]
      .filter((cell) => cell.locationId === locationId)
      .sort((a, b) => a.shard - b.shard)
      .map(({ available }) => available);
  return { store, steps, sku: after, units: unitsAt('main'), unitsAt };
}

const raised = (from: number, to: number, overrides: Partial<Sku> = {}) =>
  withShards(aSku({ shardCount: from, ...overrides }), to);
const shards = (...available: readonly number[]) =>
  available.map((units, shard) => aCell({ shard, available: units }));

describe('a sku that is to have more shards', () => {
  test.each([
    ['from 1 to 10', raised(1, 10), shards(100), Array(10).fill(10)],
    ['from 1 to 50', raised(1, 50), shards(100), Array(50).fill(2)],
    ['from 2 to 4', raised(2, 4), shards(10, 10), [5, 5, 5, 5]],
    ['of a number that cannot be divided', raised(1, 3), shards(11), [5, 3, 3]],
  ])('gets its units spread evenly: %s', async (_case, sku, cells, units) => {
    const after = await spread(sku, cells);

    expect(after.units).toEqual(units);
    expect(after.sku?.transfers).toBe(after.steps);
  });

  test.each([
    [9, [9]],
    [10, Array(10).fill(1)],
    [11, [2, ...Array(9).fill(1)]],
  ])('spreads no fewer units than there are shards: %i over 10', async (units, spreadUnits) => {
    expect((await spread(raised(1, 10), shards(units))).units).toEqual(spreadUnits);
  });

  test('leaves held and committed units where they are, and takes what has lapsed for available', async () => {
    const cell = aCell({
      available: 2,
      held: { [NOON_SLOT]: 4, [NOON_SLOT + 60]: 9 },
      committed: 7,
    });

    const { store, units } = await spread(raised(1, 2), [cell]);

    expect(units).toEqual([3, 3]);
    expect(store.cells.get('tea#main#0')).toMatchObject({
      held: { [NOON_SLOT + 60]: 9 },
      committed: 7,
    });
  });

  test('is spread at each location by itself', async () => {
    const sku = raised(1, 2, { locations: ['main', 'annex'] });

    const { unitsAt } = await spread(sku, [
      aCell({ available: 8 }),
      aCell({ locationId: 'annex', available: 20 }),
    ]);

    expect(unitsAt('main')).toEqual([4, 4]);
    expect(unitsAt('annex')).toEqual([10, 10]);
  });

  test.each([
    ['below half of its share', 4, false],
    ['at half of it', 5, true],
    ['above half of it', 6, true],
  ])(
    'leaves a cell that is %s as it is: more often would be in the way of sales',
    (_case, units, isDone) => {
      const state = stateWith(shards(20 - units, units), { sku: aSku({ shardCount: 2 }) });

      expect(acceptedOf(decideSpread(state, spreading)).value).toEqual({ isDone });
    },
  );

  test('moves no more at once than one movement may', () => {
    const state = stateWith(shards(4 * TRANSFER_UNITS_MAX), { sku: raised(1, 2) });

    expect(
      changeOf(decideSpread(state, spreading)).cells.map(({ available }) => available),
    ).toEqual([-TRANSFER_UNITS_MAX, TRANSFER_UNITS_MAX]);
  });

  test('moves units between two cells only, from the fullest to the emptiest', () => {
    const state = stateWith(shards(5, 0, 9, 2), { sku: aSku({ shardCount: 4 }) });

    const change = changeOf(decideSpread(state, spreading));

    expect(change.cells.map(({ cell, available }) => [cell.shard, available])).toEqual([
      [2, -4],
      [1, 4],
    ]);
  });
});

describe('a sku that is to have fewer shards', () => {
  test('has its units brought together, and the cells that it has too many closed', async () => {
    const { sku, units, store } = await spread(raised(10, 2), shards(...Array<number>(10).fill(7)));

    expect(units).toEqual([35, 35, ...Array<number>(8).fill(0)]);
    expect(sku).toMatchObject({ shardCount: 2, openShards: 2, shardsEver: 10 });
    expect(store.movements.every(({ kind }) => kind === 'TRANSFERRED')).toBe(true);
  });

  test.each([
    ['held', { held: { [NOON_SLOT + 60]: 1 } }],
    ['committed', { committed: 1 }],
  ])('keeps a cell open in which units are %s, and all before it', async (_account, left) => {
    const cells = shards(1, 1, 1, 1, 1).map((cell) =>
      cell.shard === 3 ? { ...cell, ...left } : cell,
    );

    const { sku, units } = await spread(raised(5, 1), cells);

    expect(units).toEqual([5, 0, 0, 0, 0]);
    expect(sku?.openShards).toBe(4);
  });

  test('closes a cell as it was read, and only as that', () => {
    const cells = [aCell({ available: 1 }), aCell({ shard: 1, version: 8 })];
    const sku = raised(3, 1, { version: 4 });

    const change = changeOf(decideSpread(stateWith(cells, { sku }), spreading));

    expect(change).toEqual({
      operationId: 'tea.settings.5',
      at: spreading.now,
      correlationId: 'corr-1',
      cells: [
        expect.objectContaining({
          cell: expect.objectContaining({ shard: 1 }),
          guard: { version: 8 },
        }),
        expect.objectContaining({ cell: expect.objectContaining({ shard: 2 }), creates: true }),
      ],
      sku: {
        after: { ...sku, openShards: 1, version: 5, correlationId: 'corr-1' },
        expectedVersion: 4,
      },
    });
  });

  test('that are needed at one location stay open at all', async () => {
    const sku = raised(2, 1, { locations: ['main', 'annex'] });
    const { sku: after } = await spread(sku, [
      ...shards(1, 1),
      aCell({ locationId: 'annex', shard: 1, committed: 1 }),
    ]);

    expect(after?.openShards).toBe(2);
  });

  test('closes what 50 shards at three locations have in more than one change', async () => {
    const sku = raised(50, 1, { locations: ['main', 'annex', 'depot'] });

    const after = await spread(sku, shards(3));

    expect(after.sku?.openShards).toBe(1);
    expect(after.steps).toBe(2);
  });

  test('and more again before they are closed uses them again', async () => {
    const { units, sku } = await spread(withShards(raised(4, 1), 2), shards(2, 2, 2, 2));

    expect(units).toEqual([4, 4, 0, 0]);
    expect(sku).toMatchObject({ openShards: 2, shardsEver: 4 });
  });
});

test.each([
  ['that is not known', stateWith([])],
  ['without units', stateWith(shards(0), { sku: raised(1, 10) })],
  ['that is spread', stateWith(shards(3, 3), { sku: aSku({ shardCount: 2 }) })],
])('of a sku %s nothing is left to do', (_case, state) => {
  expect(decideSpread(state, spreading)).toEqual(accepted({ value: { isDone: true } }));
});

test('skus whose names are alike have transfers of their own', async () => {
  const store = new MemoryStockStore();
  for (const sku of ['tea', 'tea.1', 'tea.1.1']) {
    store.skus.set(sku, raised(1, 2, { sku }));
    const cell = aCell({ sku, available: 4 });
    store.cells.set(cellIdOf(cell), cell);
  }

  for (const sku of ['tea', 'tea.1', 'tea.1.1']) await spreadStock(store, { ...spreading, sku });

  expect([...store.cells.values()].map(({ available }) => available)).toEqual([2, 2, 2, 2, 2, 2]);
});

test('ends with RetryLater, and what was moved so far, when its time is up', async () => {
  const store = new MemoryStockStore();
  await putStock(store, { ...context(), sku: 'tea', shardCount: 4 });
  await receiveStock(store, receiving({ quantity: 40 }));
  let now = NOON;
  const clock = () => {
    now += SPREAD_MILLISECONDS_MAX / 2;
    return now;
  };

  await expect(spreadStock(store, spreading, 1_000, clock)).rejects.toBeInstanceOf(RetryLater);

  expect(store.skus.get('tea')?.transfers).toBe(1);
});

test('a sku that several events of a batch are of is spread once, and all of them are done', async () => {
  const store = new MemoryStockStore();
  store.skus.set('tea', raised(1, 2));
  store.cells.set('tea#main#0', aCell({ available: 4 }));
  let loads = 0;
  const load = store.load.bind(store);
  store.load = (reads) => {
    loads += 1;
    return load(reads);
  };

  const settled = await spreadStocks(store, [spreading, spreading, spreading]);

  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
  expect(loads).toBe(2);
});
