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

/**
 * Returns a book with an expired hold, whose bucket was released in each cell. `units` are now
 * available in the cells.
 */
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

/** Returns true for a read of all cells of tea. */
const areAllCells = ({ cells = [] }: RecordKeys): boolean => cells.length > 2;

describe('a late commit of a SKU with several cells', () => {
  test.each([
    ['one unit less than needed', [1, 0, 0], 'EXPIRED', 0],
    ['as many as needed', [1, 1, 0], 'COMMITTED', 2],
    ['from several cells', [0, 1, 1], 'COMMITTED', 4],
    ['enough in its own cell', [2, 5, 5], 'COMMITTED', 0],
  ])('takes units of other cells: %s', async (_case, units, status, transfers) => {
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

  test('takes units of other cells in a batch too', async () => {
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

  test('brings units for each line, and moves nothing when one line cannot be covered', async () => {
    const covered = storeWithExpiredHold([1, 4, 0], [line(0, 2), line(0, 5, 'cup')]);
    const uncovered = storeWithExpiredHold([1, 4, 0], [line(0, 2), line(0, 6, 'cup')]);

    await commitReservation(covered, late);
    await commitReservation(uncovered, late);

    expect(covered.reservations.get('res-1')?.status).toBe('COMMITTED');
    expect(unitsOf(covered, 'cup')).toEqual([
      [0, 5],
      [0, 0],
      [0, 0],
    ]);
    expect(uncovered.reservations.get('res-1')).toMatchObject({
      status: 'EXPIRED',
      commitFailure: { code: 'RESERVATION_EXPIRED' },
    });
    expect(transfersOf(uncovered)).toBe(0);
  });

  test('takes nothing that another of its lines needs', async () => {
    const store = storeWithExpiredHold([0, 2, 0], [line(0, 1), line(1, 2)]);

    const result = await commitReservation(store, late);

    expect(result).toMatchObject({ ok: true, value: { status: 'EXPIRED' } });
    expect(unitsOf(store)).toEqual([
      [0, 0],
      [2, 0],
      [0, 0],
    ]);
  });

  test('takes the surplus of a cell of its other line', async () => {
    const store = storeWithExpiredHold([40, 0], [line(0, 2), line(1, 1)]);

    const result = await commitReservation(store, late);

    expect(result).toMatchObject({ ok: true, value: { status: 'COMMITTED' } });
    expect(unitsOf(store)).toEqual([
      [37, 2],
      [0, 1],
    ]);
  });

  test('moves nothing when two lines need the same unit', async () => {
    const store = storeWithExpiredHold([0, 0, 1], [line(0, 1), line(1, 1)]);

    const result = await commitReservation(store, late);

    expect(result).toMatchObject({ ok: true, value: { status: 'EXPIRED' } });
    expect(transfersOf(store)).toBe(0);
  });

  test('is decided again when units moved between cells during the read', async () => {
    const store = storeWithExpiredHold([0, 0, 2], [line(0, 2)]);
    const read = store.read.bind(store);
    let isTorn = true;
    store.read = async (keys) => {
      const records = await read(keys);
      if (!areAllCells(keys) || !isTorn) return records;
      isTorn = false;
      // The read misses the units, which move from the third cell to the second.
      await rebalanceStock(store, { ...late, sku: 'tea' });
      const cells = new Map(
        [...records.cells].map(([id, cell]) => [id, { ...cell, available: 0 }]),
      );
      return { ...records, cells };
    };

    const result = await commitReservation(store, late);

    expect(result).toMatchObject({ ok: true, value: { status: 'COMMITTED' } });
  });

  test('expires when even the units that move during each read are too few', async () => {
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
    'succeeds in one delivery for any number of cells that lack units: %i',
    async (count) => {
      const lines = Array.from({ length: count }, (_, shard) => line(shard, 1));
      const store = storeWithExpiredHold([...lines.map(() => 0), count], lines);

      const result = await commitReservation(store, late);

      expect(result).toMatchObject({ ok: true, value: { status: 'COMMITTED' } });
      expect(store.skus.get('tea')?.transferCount).toBe(count);
    },
  );

  test('opens its cell again if that was closed meanwhile', async () => {
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

describe('an extension of an expired hold of a SKU with several cells', () => {
  const extend = { ...extendCommand({ now: LATE }), reservationId: 'res-1' };

  test('takes units of other cells', async () => {
    const store = storeWithExpiredHold([1, 1, 0], [line(0, 2)]);

    const result = await extendReservation(store, extend);

    expect(result).toMatchObject({ ok: true, value: { status: 'HELD' } });
    expect(unitsOf(store)).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
  });

  test('is rejected without a read of other cells when the reservation has ended', async () => {
    const store = storeWithExpiredHold([1, 1, 0], [line(0, 2)]);
    store.reservations.set('res-1', aReservation({ lines: [line(0, 2)], status: 'RELEASED' }));
    let reads = 0;
    const read = store.read.bind(store);
    store.read = (keys) => {
      reads += 1;
      return read(keys);
    };

    expect(await extendReservation(store, extend)).toEqual(err({ kind: 'expired' }));
    expect(reads).toBe(2);
  });

  test('is rejected when all cells together have too few units', async () => {
    const store = storeWithExpiredHold([1, 0, 0], [line(0, 2)]);

    expect(await extendReservation(store, extend)).toEqual(err({ kind: 'expired' }));
    expect(transfersOf(store)).toBe(0);
  });
});
