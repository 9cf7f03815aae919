import { describe, expect, test } from 'vitest';
import { cellIdOf } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import type { ReservationLine } from '../../../../lambdas/inventory/domain/ledger/reservation.ts';
import { ATTEMPTS_MAX } from '../../../../lambdas/inventory/use-cases/execute-command.ts';
import type { RecordKeys } from '../../../../lambdas/inventory/use-cases/ports.ts';
import {
  commitReservation,
  extendReservation,
} from '../../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import { commitReservations } from '../../../../lambdas/inventory/use-cases/reservations/group-commit.ts';
import { rebalanceStock } from '../../../../lambdas/inventory/use-cases/sharding/rebalance-stock.ts';
import { err } from '../../../../lambdas/shared/core/result.ts';
import {
  aCell,
  aReservation,
  aStockItem,
  commitCommand,
  extendCommand,
  NOON,
  NOON_BUCKET,
  seconds,
} from '../../../support/inventory.ts';
import { MemoryStockStore } from '../../../support/memory-stock-store.ts';

const LATE = NOON + seconds(60);
const line = (shard: number, quantity: number, sku = 'tea'): ReservationLine => ({
  sku,
  locationId: 'main',
  shard,
  quantity,
});

/** A hold that has lapsed, and was folded in each of its cells, which have so many units now. */
function storeWithExpiredHold(
  units: readonly number[],
  lines: readonly ReservationLine[],
  { openShardCount = units.length }: { openShardCount?: number } = {},
): MemoryStockStore {
  const store = new MemoryStockStore();
  for (const sku of ['tea', 'cup']) {
    for (const [shard, available] of units.entries()) {
      const cell = aCell({ sku, shard, available, expiredThrough: NOON_BUCKET });
      store.cells.set(cellIdOf(cell), cell);
    }
    const shardCount = Math.min(2, openShardCount);
    store.skus.set(sku, {
      ...aStockItem({ sku, shardCount }),
      openShardCount,
      peakShardCount: units.length,
    });
  }
  store.reservations.set('res-1', aReservation({ lines, heldUntil: NOON_BUCKET }));
  return store;
}

const late = commitCommand({ now: LATE });
const unitsOf = (store: MemoryStockStore, sku = 'tea') =>
  [...store.cells.values()]
    .filter((cell) => cell.sku === sku)
    .map(({ available, committed }) => [available, committed]);
const transfersOf = (store: MemoryStockStore) =>
  store.movements.filter(({ kind }) => kind === 'TRANSFERRED').length;

/** True for a read of all cells of tea. */
const areAllCells = ({ cells = [] }: RecordKeys): boolean => cells.length > 2;

describe('a late commit of a sku of several cells', () => {
  test.each([
    ['one short', [1, 0, 0], 'EXPIRED', 0],
    ['just enough', [1, 1, 0], 'COMMITTED', 2],
    ['in several', [0, 1, 1], 'COMMITTED', 4],
    ['enough in its own cell', [2, 5, 5], 'COMMITTED', 0],
  ])('takes what other cells have: %s', async (_case, units, status, transfers) => {
    const store = storeWithExpiredHold(units, [line(0, 2)]);

    const result = await commitReservation(store, late);

    expect(result).toMatchObject({ ok: true, value: { status } });
    expect(transfersOf(store)).toBe(transfers);
    const committed = status === 'COMMITTED' ? 2 : 0;
    expect(unitsOf(store)[0]?.[1]).toBe(committed);
    const total = units.reduce((sum, one) => sum + one, 0);
    expect(unitsOf(store).reduce((sum, [available = 0]) => sum + available, 0)).toBe(
      total - committed,
    );
  });

  test('does so in a batch too', async () => {
    const store = storeWithExpiredHold([1, 1, 0], [line(0, 2)]);
    store.reservations.set(
      'res-2',
      aReservation({ reservationId: 'res-2', lines: [line(2, 1, 'cup')], heldUntil: NOON_BUCKET }),
    );

    await commitReservations(store, [late, { ...late, reservationId: 'res-2' }]);

    expect([...store.reservations.values()].map(({ status }) => status)).toEqual([
      'COMMITTED',
      'COMMITTED',
    ]);
  });

  test('helps each of its lines, and moves nothing where one of them cannot be helped', async () => {
    const helped = storeWithExpiredHold([1, 4, 0], [line(0, 2), line(0, 5, 'cup')]);
    const hopeless = storeWithExpiredHold([1, 4, 0], [line(0, 2), line(0, 6, 'cup')]);

    await commitReservation(helped, late);
    await commitReservation(hopeless, late);

    expect(helped.reservations.get('res-1')?.status).toBe('COMMITTED');
    expect(unitsOf(helped, 'cup')).toEqual([
      [0, 5],
      [0, 0],
      [0, 0],
    ]);
    expect(hopeless.reservations.get('res-1')).toMatchObject({
      status: 'EXPIRED',
      commitFailure: { code: 'RESERVATION_EXPIRED' },
    });
    expect(transfersOf(hopeless)).toBe(0);
  });

  test('takes nothing from a cell that another line of it wants', async () => {
    const store = storeWithExpiredHold([0, 2, 0], [line(0, 1), line(1, 2)]);

    const result = await commitReservation(store, late);

    expect(result).toMatchObject({ ok: true, value: { status: 'EXPIRED' } });
    expect(unitsOf(store)).toEqual([
      [0, 0],
      [2, 0],
      [0, 0],
    ]);
  });

  test('takes what a cell of its own has beyond its own line there', async () => {
    const store = storeWithExpiredHold([40, 0], [line(0, 2), line(1, 1)]);

    const result = await commitReservation(store, late);

    expect(result).toMatchObject({ ok: true, value: { status: 'COMMITTED' } });
    expect(unitsOf(store)).toEqual([
      [37, 2],
      [0, 1],
    ]);
  });

  test('moves nothing where two of its lines lack what only one of them can have', async () => {
    const store = storeWithExpiredHold([0, 0, 1], [line(0, 1), line(1, 1)]);

    const result = await commitReservation(store, late);

    expect(result).toMatchObject({ ok: true, value: { status: 'EXPIRED' } });
    expect(transfersOf(store)).toBe(0);
  });

  test('gives nothing up for what was on its way from one cell to another while they were read', async () => {
    const store = storeWithExpiredHold([0, 0, 2], [line(0, 2)]);
    const read = store.read.bind(store);
    let isTorn = true;
    store.read = async (keys) => {
      const records = await read(keys);
      if (!areAllCells(keys) || !isTorn) return records;
      isTorn = false;
      // Both cells are seen without the units, which go from the third to the second.
      await rebalanceStock(store, { ...late, sku: 'tea' });
      const cells = new Map(
        [...records.cells].map(([id, cell]) => [id, { ...cell, available: 0 }]),
      );
      return { ...records, cells };
    };

    const result = await commitReservation(store, late);

    expect(result).toMatchObject({ ok: true, value: { status: 'COMMITTED' } });
  });

  test('is given up where even what is moved at each look would be too little', async () => {
    const store = storeWithExpiredHold([0, 0, 2], [line(0, 9)]);
    const read = store.read.bind(store);
    store.read = async (keys) => {
      const records = await read(keys);
      const sku = store.skus.get('tea');
      if (areAllCells(keys) && sku !== undefined)
        store.skus.set('tea', {
          ...sku,
          transferCount: sku.transferCount + 1,
          unitsTransferred: sku.unitsTransferred + 2,
        });
      return records;
    };

    const result = await commitReservation(store, late);

    expect(result).toMatchObject({ ok: true, value: { status: 'EXPIRED' } });
  });

  test.each([ATTEMPTS_MAX - 1, ATTEMPTS_MAX, 4 * ATTEMPTS_MAX])(
    'comes through in one delivery, however many of its cells lack their units: %i',
    async (count) => {
      const lines = Array.from({ length: count }, (_, shard) => line(shard, 1));
      const store = storeWithExpiredHold([...lines.map(() => 0), count], lines);

      const result = await commitReservation(store, late);

      expect(result).toMatchObject({ ok: true, value: { status: 'COMMITTED' } });
      expect(store.skus.get('tea')?.transferCount).toBe(count);
    },
  );

  test('opens its cell again if that was closed meanwhile, for its units lie there', async () => {
    const store = storeWithExpiredHold([5, 0, 0], [line(2, 2)], { openShardCount: 1 });

    await commitReservation(store, late);

    expect(unitsOf(store)).toEqual([
      [3, 0],
      [0, 0],
      [0, 2],
    ]);
    expect(store.skus.get('tea')).toMatchObject({ shardCount: 1, openShardCount: 3 });
  });
});

describe('a lapsed hold of a sku of several cells', () => {
  const longer = { ...extendCommand({ now: LATE }), reservationId: 'res-1' };

  test('is taken up again with what other cells have', async () => {
    const store = storeWithExpiredHold([1, 1, 0], [line(0, 2)]);

    const result = await extendReservation(store, longer);

    expect(result).toMatchObject({ ok: true, value: { status: 'HELD' } });
    expect(unitsOf(store)).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
  });

  test('that was settled is refused without a look at other cells', async () => {
    const store = storeWithExpiredHold([1, 1, 0], [line(0, 2)]);
    store.reservations.set('res-1', aReservation({ lines: [line(0, 2)], status: 'RELEASED' }));
    let reads = 0;
    const read = store.read.bind(store);
    store.read = (keys) => {
      reads += 1;
      return read(keys);
    };

    expect(await extendReservation(store, longer)).toEqual(err({ kind: 'expired' }));
    expect(reads).toBe(2);
  });

  test('has expired where all of them have too little', async () => {
    const store = storeWithExpiredHold([1, 0, 0], [line(0, 2)]);

    expect(await extendReservation(store, longer)).toEqual(err({ kind: 'expired' }));
    expect(transfersOf(store)).toBe(0);
  });
});
