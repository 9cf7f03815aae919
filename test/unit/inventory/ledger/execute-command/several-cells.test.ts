import { describe, expect, test } from 'vitest';
import type { Change } from '../../../../../lambdas/inventory/domain/ledger/change.ts';
import type { ApplyResult } from '../../../../../lambdas/inventory/use-cases/ports.ts';
import { ReserveCache } from '../../../../../lambdas/inventory/use-cases/reservations/reserve-cache.ts';
import { reserveStock } from '../../../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import {
  adjustStock,
  receiveStock,
} from '../../../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { err } from '../../../../../lambdas/shared/core/result.ts';
import {
  adjustCommand,
  aReservation,
  aStockItem,
  receiveCommand,
  reserveCommand,
  teaShard,
  unwrap,
} from '../../../../support/inventory.ts';
import { cacheOf, reserveOneLine, ShardedStore } from './sharded-store.ts';

const randomSequence = (...values: readonly number[]) => {
  const remaining = [...values];
  return () => remaining.shift() ?? 0;
};

describe('a hold of a SKU with several cells', () => {
  test('reads two of them only', async () => {
    const store = new ShardedStore([5, 5, 5, 9]);

    const result = await reserveStock(
      store,
      reserveOneLine(2),
      cacheOf(4, randomSequence(0.5, 0.99)),
    );

    expect(unwrap(result).reservation.lines).toEqual([{ ...teaShard(3), quantity: 2 }]);
    expect(store.reads).toEqual([
      { cells: [teaShard(2), teaShard(3)], reservations: ['res-1'], stockItems: [], locations: [] },
    ]);
  });

  test('reads the record of an unknown SKU first, and two of its cells from then on', async () => {
    const store = new ShardedStore([0, 5, 5]);
    const cache = new ReserveCache();

    await reserveStock(store, reserveOneLine(2), cache);
    await reserveStock(store, reserveOneLine(2, { reservationId: 'res-2' }), cache);

    expect(store.reads).toEqual([
      { cells: [teaShard(0)], reservations: ['res-1'], stockItems: ['tea'], locations: [] },
      { cells: [teaShard(1)] },
      { cells: [teaShard(0), teaShard(1)], reservations: ['res-2'], stockItems: [], locations: [] },
    ]);
    expect(store.units).toEqual([0, 1, 5]);
  });

  test('reads other cells in its next attempt', async () => {
    const store = new ShardedStore([5, 5, 5, 5]);
    store.applyResults = [{ outcome: 'busy' }];
    const order = [0, 0];

    await reserveStock(
      store,
      reserveOneLine(1),
      cacheOf(4, randomSequence(0, 0, ...order, 0.5, 0.99)),
    );

    expect(store.reads.map(({ cells }) => cells)).toEqual([
      [teaShard(0), teaShard(1)],
      [teaShard(2), teaShard(3)],
    ]);
  });

  test('reads all cells and takes from several when the first two have too little', async () => {
    const store = new ShardedStore([1, 1, 4, 1]);

    const result = await reserveStock(store, reserveOneLine(6), cacheOf(4));

    expect(
      unwrap(result).reservation.lines.map(({ shard, quantity }) => [shard, quantity]),
    ).toEqual([
      [2, 4],
      [0, 1],
      [1, 1],
    ]);
    expect(store.reads).toEqual([
      { cells: [teaShard(0), teaShard(1)], reservations: ['res-1'], stockItems: [], locations: [] },
      { reservations: ['res-1'], stockItems: ['tea'], locations: [] },
      { cells: [teaShard(0), teaShard(1), teaShard(2), teaShard(3)] },
    ]);
    expect(store.applied).toHaveLength(1);
  });

  test('takes units from cells that are being drained', async () => {
    const store = new ShardedStore([1, 1, 1, 3]);
    store.skus.set('tea', aStockItem({ shardCount: 1, openShardCount: 4 }));

    const result = await reserveStock(store, reserveOneLine(6));

    expect(result.ok).toBe(true);
    expect(store.units).toEqual([0, 0, 0, 0]);
  });

  test('that was made before is returned after the first read', async () => {
    const store = new ShardedStore([0, 0, 0]);
    const reservation = aReservation();
    store.reservations.set('res-1', reservation);

    const result = await reserveStock(store, reserveOneLine(3));

    expect(result).toEqual({ ok: true, value: { reservation, isRepeat: true } });
    expect(store.reads).toHaveLength(1);
  });
});

describe('write conflicts', () => {
  const busyIn = (...contendedSkus: readonly string[]): ApplyResult => ({
    outcome: 'busy',
    contendedSkus,
  });
  const conflictsOf = (change: Change | undefined) =>
    change?.cells.map(({ cell, conflicts }) => [cell.sku, conflicts]);
  const bothSkus = { lines: ['tea', 'cup'].map((sku) => ({ sku, quantity: 1 })) };

  test('are written with the change that succeeds, in a cell of the contended SKU', async () => {
    const store = new ShardedStore([5]).stock([5], 'cup');
    store.applyResults = [busyIn('cup'), busyIn('cup'), busyIn('tea')];

    await reserveStock(store, reserveCommand(bothSkus));

    expect(conflictsOf(store.applied[0])).toEqual([
      ['tea', undefined],
      ['cup', undefined],
    ]);
    expect(conflictsOf(store.applied[3])).toEqual([
      ['tea', 1],
      ['cup', 2],
    ]);
    expect(store.cells.get('cup#main#0')).toMatchObject({ conflicts: 2 });
  });

  test('in several cells of a SKU count once, in one of its cells', async () => {
    const store = new ShardedStore([1, 1]);
    store.applyResults = [busyIn('tea')];

    await reserveStock(store, reserveOneLine(2));

    expect(conflictsOf(store.applied[1])).toEqual([
      ['tea', 1],
      ['tea', undefined],
    ]);
  });

  test('add up over the changes of a cell', async () => {
    const store = new ShardedStore([5]);
    store.applyResults = [busyIn('tea')];
    await reserveStock(store, reserveOneLine(1));
    store.applyResults = [busyIn('tea'), busyIn('tea')];

    await reserveStock(store, reserveOneLine(1, { reservationId: 'res-2' }));

    expect(store.cells.get('tea#main#0')?.conflicts).toBe(3);
  });

  test('of the reservation record, or of an unknown item, count for no SKU', async () => {
    const store = new ShardedStore([5]);
    store.applyResults = [busyIn(), { outcome: 'busy' }, { outcome: 'conditionFailed' }];

    await reserveStock(store, reserveOneLine(1));

    expect(conflictsOf(store.applied[3])).toEqual([['tea', undefined]]);
  });
});

describe('a receipt of a SKU with several cells', () => {
  test('reads the first cell only', async () => {
    const store = new ShardedStore([1, 3, 2]);

    await receiveStock(store, receiveCommand({ quantity: 4 }));

    expect(store.reads).toEqual([
      { cells: [teaShard(0)], stockItems: ['tea'], operations: ['receipt-1'], locations: [] },
    ]);
    expect(store.units).toEqual([5, 3, 2]);
  });

  test('returns its own movement when another receipt is written concurrently, and so does its repeat', async () => {
    const store = new ShardedStore([1]);
    const receive = (operationId: string, quantity: number) =>
      receiveStock(store, receiveCommand({ operationId, quantity }));

    const both = await Promise.all([receive('one', 3), receive('two', 4)]);
    const again = await Promise.all([receive('one', 3), receive('two', 4)]);

    expect(both.map(unwrap)).toMatchObject([
      { cell: teaShard(0), movement: { movementId: 'one.1', quantity: 3 } },
      { cell: teaShard(0), movement: { movementId: 'two.1', quantity: 4 } },
    ]);
    expect(again).toEqual(both);
    expect(store.units).toEqual([8]);
  });
});

describe('an adjustment of a SKU with several cells', () => {
  test('brings the units that the first cell lacks there first', async () => {
    const store = new ShardedStore([1, 3, 2]);

    const result = await adjustStock(store, adjustCommand({ delta: -5 }));

    expect(unwrap(result).movement).toMatchObject({
      movementId: 'adjustment-1.1',
      quantity: 5,
    });
    expect(store.applied.map(({ operationId }) => operationId)).toEqual([
      'transfer#tea#1',
      'adjustment-1',
    ]);
    expect(store.units).toEqual([0, 0, 1]);
  });

  test('of 50 cells with a unit each takes all of them', async () => {
    const store = new ShardedStore(Array<number>(50).fill(1));

    const result = await adjustStock(store, adjustCommand({ delta: -50 }));

    expect(result.ok).toBe(true);
    expect(store.applied).toHaveLength(4);
    expect(store.units).toEqual(Array<number>(50).fill(0));
  });

  test('reads the first cell only when that has enough', async () => {
    const store = new ShardedStore([5, 3, 2]);

    await adjustStock(store, adjustCommand({ delta: -5 }));

    expect(store.reads).toEqual([
      { cells: [teaShard(0)], stockItems: ['tea'], operations: ['adjustment-1'], locations: [] },
    ]);
  });

  test('is rejected with the available units of all cells', async () => {
    const store = new ShardedStore([1, 3, 2]);

    expect(await adjustStock(store, adjustCommand({ delta: -7 }))).toEqual(
      err({ kind: 'insufficientStock', shortages: [{ sku: 'tea', requested: 7, available: 6 }] }),
    );
  });

  test('moves nothing when it is repeated', async () => {
    const store = new ShardedStore([1, 3, 2]);
    await adjustStock(store, adjustCommand({ delta: -2 }));
    store.applied.length = 0;

    const again = await adjustStock(store, adjustCommand({ delta: -2 }));

    expect(again.ok).toBe(true);
    expect(store.applied).toEqual([]);
  });
});
