import { describe, expect, test } from 'vitest';
import { type Cell, cellIdOf } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import {
  type StockItem,
  withShardCount,
} from '../../../../lambdas/inventory/domain/ledger/stock-item.ts';
import {
  decideRebalance,
  TRANSFER_UNITS_MAX,
} from '../../../../lambdas/inventory/domain/sharding/rebalance.ts';
import {
  REBALANCE_MILLISECONDS_MAX,
  rebalanceStock,
  rebalanceStocks,
} from '../../../../lambdas/inventory/use-cases/sharding/rebalance-stock.ts';
import {
  putStock,
  receiveStock,
} from '../../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { RetryLaterError } from '../../../../lambdas/shared/core/errors.ts';
import {
  aCell,
  aStockItem,
  changeOf,
  context,
  decidedValue,
  NOON,
  NOON_BUCKET,
  receiveCommand,
  stateWith,
} from '../../../support/inventory.ts';
import { MemoryStockStore } from '../../../support/memory-stock-store.ts';

const rebalanceCommand = { ...context(), sku: 'tea' };

/** Rebalances a book with one SKU until it is done, and returns it. */
async function rebalanceToEnd(sku: StockItem, cells: readonly Cell[]) {
  const store = new MemoryStockStore();
  store.skus.set(sku.sku, sku);
  for (const cell of cells) store.cells.set(cellIdOf(cell), cell);
  let steps = 0;
  const apply = store.apply.bind(store);
  store.apply = async (change) => {
    steps += 1;
    return apply(change);
  };
  await rebalanceStock(store, rebalanceCommand);
  const after = store.skus.get(sku.sku);
  const unitsAt = (locationId: string) =>
    [...store.cells.values()]
      .filter((cell) => cell.locationId === locationId)
      .sort((a, b) => a.shard - b.shard)
      .map(({ available }) => available);
  return { store, steps, sku: after, units: unitsAt('main'), unitsAt };
}

const withRaisedShardCount = (from: number, to: number, overrides: Partial<StockItem> = {}) =>
  withShardCount(aStockItem({ shardCount: from, ...overrides }), to);
const shards = (...available: readonly number[]) =>
  available.map((units, shard) => aCell({ shard, available: units }));

describe('a SKU with a raised shard count', () => {
  test.each([
    ['from 1 to 10', withRaisedShardCount(1, 10), shards(100), Array(10).fill(10)],
    ['from 1 to 50', withRaisedShardCount(1, 50), shards(100), Array(50).fill(2)],
    ['from 2 to 4', withRaisedShardCount(2, 4), shards(10, 10), [5, 5, 5, 5]],
    ['with an indivisible number of units', withRaisedShardCount(1, 3), shards(11), [5, 3, 3]],
  ])('has its units spread evenly: %s', async (_case, sku, cells, units) => {
    const after = await rebalanceToEnd(sku, cells);

    expect(after.units).toEqual(units);
    expect(after.sku?.transferCount).toBe(after.steps);
  });

  test.each([
    [9, [9]],
    [10, Array(10).fill(1)],
    [11, [2, ...Array(9).fill(1)]],
  ])('spreads at least as many units as shards: %i over 10', async (units, spreadUnits) => {
    expect((await rebalanceToEnd(withRaisedShardCount(1, 10), shards(units))).units).toEqual(
      spreadUnits,
    );
  });

  test('does not move held and committed units, and counts expired units as available', async () => {
    const cell = aCell({
      available: 2,
      held: { [NOON_BUCKET]: 4, [NOON_BUCKET + 60]: 9 },
      committed: 7,
    });

    const { store, units } = await rebalanceToEnd(withRaisedShardCount(1, 2), [cell]);

    expect(units).toEqual([3, 3]);
    expect(store.cells.get('tea#main#0')).toMatchObject({
      held: { [NOON_BUCKET + 60]: 9 },
      committed: 7,
    });
  });

  test('is spread at each location separately', async () => {
    const sku = withRaisedShardCount(1, 2, { locations: ['main', 'annex'] });

    const { unitsAt } = await rebalanceToEnd(sku, [
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
  ])('refills a cell only when it is below half of its share: %s', (_case, units, isDone) => {
    const state = stateWith(shards(20 - units, units), { sku: aStockItem({ shardCount: 2 }) });

    expect(decidedValue(decideRebalance(state, rebalanceCommand))).toEqual({ isDone });
  });

  test('moves at most the maximum of one movement', () => {
    const state = stateWith(shards(4 * TRANSFER_UNITS_MAX), { sku: withRaisedShardCount(1, 2) });

    expect(
      changeOf(decideRebalance(state, rebalanceCommand)).cells.map(({ available }) => available),
    ).toEqual([-TRANSFER_UNITS_MAX, TRANSFER_UNITS_MAX]);
  });

  test('moves units between two cells only, from the fullest to the emptiest', () => {
    const state = stateWith(shards(5, 0, 9, 2), { sku: aStockItem({ shardCount: 4 }) });

    const change = changeOf(decideRebalance(state, rebalanceCommand));

    expect(change.cells.map(({ cell, available }) => [cell.shard, available])).toEqual([
      [2, -4],
      [1, 4],
    ]);
  });
});

describe('a SKU with a lowered shard count', () => {
  test('has its units consolidated and its surplus cells closed', async () => {
    const { sku, units, store } = await rebalanceToEnd(
      withRaisedShardCount(10, 2),
      shards(...Array<number>(10).fill(7)),
    );

    expect(units).toEqual([35, 35, ...Array<number>(8).fill(0)]);
    expect(sku).toMatchObject({ shardCount: 2, openShardCount: 2, peakShardCount: 10 });
    expect(store.movements.every(({ kind }) => kind === 'TRANSFERRED')).toBe(true);
  });

  test.each([
    ['held', { held: { [NOON_BUCKET + 60]: 1 } }],
    ['committed', { committed: 1 }],
  ])('keeps a cell with %s units open, and all before it', async (_account, left) => {
    const cells = shards(1, 1, 1, 1, 1).map((cell) =>
      cell.shard === 3 ? { ...cell, ...left } : cell,
    );

    const { sku, units } = await rebalanceToEnd(withRaisedShardCount(5, 1), cells);

    expect(units).toEqual([5, 0, 0, 0, 0]);
    expect(sku?.openShardCount).toBe(4);
  });

  test('closes a cell on condition that it did not change after the read', () => {
    const cells = [aCell({ available: 1 }), aCell({ shard: 1, version: 8 })];
    const sku = withRaisedShardCount(3, 1, { version: 4 });

    const change = changeOf(decideRebalance(stateWith(cells, { sku }), rebalanceCommand));

    expect(change).toEqual({
      operationId: 'tea.settings.5',
      at: rebalanceCommand.now,
      correlationId: 'corr-1',
      cells: [
        expect.objectContaining({
          cell: expect.objectContaining({ shard: 1 }),
          guard: { version: 8 },
        }),
        expect.objectContaining({ cell: expect.objectContaining({ shard: 2 }), isNew: true }),
      ],
      stockItem: {
        after: { ...sku, openShardCount: 1, version: 5, correlationId: 'corr-1' },
        expectedVersion: 4,
      },
    });
  });

  test('keeps a shard open at all locations when one of them needs it', async () => {
    const sku = withRaisedShardCount(2, 1, { locations: ['main', 'annex'] });
    const { sku: after } = await rebalanceToEnd(sku, [
      ...shards(1, 1),
      aCell({ locationId: 'annex', shard: 1, committed: 1 }),
    ]);

    expect(after?.openShardCount).toBe(2);
  });

  test('closes the cells of 50 shards at three locations in several changes', async () => {
    const sku = withRaisedShardCount(50, 1, { locations: ['main', 'annex', 'depot'] });

    const after = await rebalanceToEnd(sku, shards(3));

    expect(after.sku?.openShardCount).toBe(1);
    expect(after.steps).toBe(2);
  });

  test('uses cells again when the count is raised before they are closed', async () => {
    const { units, sku } = await rebalanceToEnd(
      withShardCount(withRaisedShardCount(4, 1), 2),
      shards(2, 2, 2, 2),
    );

    expect(units).toEqual([4, 4, 0, 0]);
    expect(sku).toMatchObject({ openShardCount: 2, peakShardCount: 4 });
  });
});

test.each([
  ['that is unknown', stateWith([])],
  ['without units', stateWith(shards(0), { sku: withRaisedShardCount(1, 10) })],
  ['that is spread', stateWith(shards(3, 3), { sku: aStockItem({ shardCount: 2 }) })],
])('a SKU %s needs no rebalance', (_case, state) => {
  expect(decideRebalance(state, rebalanceCommand)).toEqual({
    next: 'replay',
    value: { isDone: true },
  });
});

test('SKUs with similar names have different transfer ids', async () => {
  const store = new MemoryStockStore();
  for (const sku of ['tea', 'tea.1', 'tea.1.1']) {
    store.skus.set(sku, withRaisedShardCount(1, 2, { sku }));
    const cell = aCell({ sku, available: 4 });
    store.cells.set(cellIdOf(cell), cell);
  }

  for (const sku of ['tea', 'tea.1', 'tea.1.1'])
    await rebalanceStock(store, { ...rebalanceCommand, sku });

  expect([...store.cells.values()].map(({ available }) => available)).toEqual([2, 2, 2, 2, 2, 2]);
});

test('throws RetryLater when its time is up, and keeps the transfers so far', async () => {
  const store = new MemoryStockStore();
  await putStock(store, { ...context(), sku: 'tea', shardCount: 4 });
  await receiveStock(store, receiveCommand({ quantity: 40 }));
  let now = NOON;
  const clock = () => {
    now += REBALANCE_MILLISECONDS_MAX / 2;
    return now;
  };

  await expect(rebalanceStock(store, rebalanceCommand, 1_000, clock)).rejects.toBeInstanceOf(
    RetryLaterError,
  );

  expect(store.skus.get('tea')?.transferCount).toBe(1);
});

test('several events of a SKU in one batch rebalance it once, and all are handled', async () => {
  const store = new MemoryStockStore();
  store.skus.set('tea', withRaisedShardCount(1, 2));
  store.cells.set('tea#main#0', aCell({ available: 4 }));
  let reads = 0;
  const read = store.read.bind(store);
  store.read = (keys) => {
    reads += 1;
    return read(keys);
  };

  const settled = await rebalanceStocks(store, [
    rebalanceCommand,
    rebalanceCommand,
    rebalanceCommand,
  ]);

  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
  // Two attempts, each of which reads the record and then its cells.
  expect(reads).toBe(4);
});
