import { describe, expect, test } from 'vitest';
import { MOVEMENT_DELAY_MILLISECONDS_MAX } from '../../../../lambdas/inventory/domain/audit/checkpoint.ts';
import { cellIdOf, mainCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { commitReservation } from '../../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import { reserveStock } from '../../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import {
  COUNT_BASIS_MILLISECONDS_MAX,
  readCountBasis,
} from '../../../../lambdas/inventory/use-cases/stock/count-basis.ts';
import {
  adjustStock,
  receiveStock,
} from '../../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { RetryLaterError } from '../../../../lambdas/shared/core/errors.ts';
import { toIso } from '../../../../lambdas/shared/core/instant.ts';
import {
  aCell,
  adjustCommand,
  aMovement,
  aStockItem,
  commitCommand,
  NOON,
  receiveCommand,
  reserveCommand,
  seconds,
  unwrap,
} from '../../../support/inventory.ts';
import { asAuditReader, MemoryAuditReader } from '../../../support/memory-audit-reader.ts';
import { MemoryStockStore } from '../../../support/memory-stock-store.ts';

const LATER = NOON + seconds(60);

function bookOf(...units: readonly number[]) {
  const store = new MemoryStockStore();
  const reader = new MemoryAuditReader(store);
  let clock = LATER;
  const put = (shard: number, available: number, version: number) =>
    store.cells.set(
      cellIdOf({ ...mainCellKey('tea'), shard }),
      aCell({ shard, available, version }),
    );
  const setSku = (overrides: Parameters<typeof aStockItem>[0]) =>
    store.skus.set(
      'tea',
      aStockItem({ shardCount: store.cells.size, peakShardCount: store.cells.size, ...overrides }),
    );
  for (const [shard, available] of units.entries()) put(shard, available, 1);
  setSku({});
  /** Adds units to the shard at `at`, or removes them. */
  const move = (shard: number, quantity: number, at: number) => {
    const cell = { ...mainCellKey('tea'), shard };
    const before = store.cells.get(cellIdOf(cell)) ?? aCell({ shard, version: 0 });
    put(shard, before.available + quantity, before.version + 1);
    store.movements.push({
      ...aMovement({
        movementId: `move-${store.movements.length}.1`,
        at,
        quantity,
        from: { account: 'outside' },
        to: { account: 'available' },
      }),
      cellId: cellIdOf(cell),
    });
  };
  const basis = (at = NOON, deadline = LATER + seconds(9)) =>
    readCountBasis(
      {
        store,
        reader: asAuditReader(reader),
        clock: () => {
          clock += 10;
          return clock;
        },
      },
      { sku: 'tea', locationId: 'main', at: toIso(at), counted: 9 },
      { now: LATER, deadline },
    );
  return { store, put, move, setSku, reader, basis, passed: () => clock - LATER };
}

/** Runs one of `acts` after each read of balances. */
function afterBalances(store: MemoryStockStore, ...acts: readonly (() => unknown)[]): void {
  const read = store.read.bind(store);
  const open = [...acts];
  store.read = async (keys) => {
    const records = await read(keys);
    if (keys.cells !== undefined) open.shift()?.();
    return records;
  };
}

describe('the expected units of a count', () => {
  test('are the units of all cells of the location at its time', async () => {
    const { basis, move, reader } = bookOf(4, 5);
    move(1, 7, NOON + seconds(1));

    expect(unwrap(await basis())).toMatchObject({ expected: 9, quantities: { onHand: 16 } });
    expect(reader.pauses).toBe(0);
  });

  test('are read again only in the cell that changed between two reads', async () => {
    const { basis, store, move, reader } = bookOf(4, 5);
    afterBalances(store, () => move(1, 1, NOON));

    expect(unwrap(await basis()).expected).toBe(10);
    expect(reader.reads).toBe(3);
  });

  test('are right even if another cell changes during each read, as in a rush', async () => {
    const { basis, store, move } = bookOf(4, 5, 6);
    const sold = (shard: number) => () => move(shard, -1, NOON + seconds(1));
    afterBalances(store, sold(0), sold(1), sold(1), sold(2), sold(2));

    expect(unwrap(await basis()).expected).toBe(15);
  });

  test('are read again in all cells when units moved between cells', async () => {
    const { basis, store, move, setSku, reader } = bookOf(4, 5);
    afterBalances(
      store,
      // The second cell is read again; the first is not.
      () => move(1, 1, NOON + seconds(1)),
      () => {
        move(0, -2, NOON - 1);
        move(1, 2, NOON - 1);
        setSku({ version: 2 });
      },
    );

    expect(unwrap(await basis()).expected).toBe(9);
    expect(reader.reads).toBe(2 + 1 + 2);
  });

  test('need one read of movements that are too old to change', async () => {
    const { basis, store, move, reader } = bookOf(4);
    const at = LATER - 2 * MOVEMENT_DELAY_MILLISECONDS_MAX;
    for (let old = 1; old <= 20; old += 1) move(0, 1, at + old);
    afterBalances(
      store,
      () => move(0, 1, LATER),
      () => undefined,
      () => move(0, 1, LATER),
    );

    expect(unwrap(await basis(at)).expected).toBe(4);
    expect(reader.batchCount).toBe(20 + 1 + 2 + 2);
  });

  test('cause RetryLater within their time while a cell changes during each read', async () => {
    const { basis, store, move, passed } = bookOf(4);
    const read = store.read.bind(store);
    store.read = async (keys) => {
      const records = await read(keys);
      move(0, 1, LATER);
      return records;
    };

    await expect(basis()).rejects.toBeInstanceOf(RetryLaterError);
    expect(passed()).toBeLessThan(COUNT_BASIS_MILLISECONDS_MAX + 100);
  });

  test('cause RetryLater at the deadline of the caller, if that is earlier', async () => {
    const { basis, store, move, passed } = bookOf(4);
    afterBalances(store, ...Array.from({ length: 10_000 }, () => () => move(0, 1, LATER)));

    await expect(basis(NOON, LATER + 500)).rejects.toBeInstanceOf(RetryLaterError);
    expect(passed()).toBeLessThan(600);
  });
});

describe('the basis of a count also has', () => {
  const bookWithReceipt = async () => {
    const book = bookOf();
    book.store.skus.clear();
    await receiveStock(book.store, receiveCommand({ quantity: 10, now: NOON - seconds(100) }));
    return book;
  };

  test('the manual adjustments after it, oldest first, and the id of the last one', async () => {
    const { store, basis } = await bookWithReceipt();
    const adjust = (number: number, after: number) =>
      adjustStock(
        store,
        adjustCommand({
          operationId: `op-${number}`,
          delta: -number,
          now: NOON + seconds(after),
          note: 'torn',
        }),
      );
    await adjust(1, -1);
    await adjust(2, 10);
    await adjust(3, 5);

    const { expected, adjustments, lastAdjustmentId } = unwrap(await basis());

    expect(expected).toBe(9);
    expect(adjustments).toEqual([
      {
        movementId: 'op-3.1',
        at: NOON + seconds(5),
        delta: -3,
        reason: 'damaged',
        note: 'torn',
        by: 'tester',
      },
      {
        movementId: 'op-2.1',
        at: NOON + seconds(10),
        delta: -2,
        reason: 'damaged',
        note: 'torn',
        by: 'tester',
      },
    ]);
    expect(lastAdjustmentId).toBe('op-3.1');
  });

  test('the first movement, if none is older than the count', async () => {
    const { basis } = await bookWithReceipt();
    const first = NOON - seconds(100);

    const found = await Promise.all(
      [first - 1, first, first + 1].map(async (at) => unwrap(await basis(at))),
    );

    expect(found.map(({ firstMovementAt }) => firstMovementAt)).toEqual([
      first,
      undefined,
      undefined,
    ]);
    expect(found.map(({ expected }) => expected)).toEqual([0, 10, 10]);
  });

  test('no first movement at a location without movements', async () => {
    const { basis } = bookOf(0);

    expect(unwrap(await basis()).firstMovementAt).toBeUndefined();
  });

  test.each([
    [15, []],
    [16, ['res-1']],
  ])(
    'the orders that cannot be fulfilled: of 16 units, 1 is lost and %i are committed',
    async (sold, unfulfillable) => {
      const { store, basis } = await bookWithReceipt();
      await receiveStock(
        store,
        receiveCommand({ operationId: 'more', quantity: 6, now: NOON + seconds(10) }),
      );
      const at = { now: NOON + seconds(20) };
      unwrap(
        await reserveStock(
          store,
          reserveCommand({ ...at, lines: [{ sku: 'tea', quantity: sold }] }),
        ),
      );
      unwrap(await commitReservation(store, commitCommand(at)));

      const found = unwrap(await basis());

      expect(found.unfulfillable.map(({ reservationId }) => reservationId)).toEqual(unfulfillable);
    },
  );

  test.each(['service:000000000000/role/shop', undefined] as const)(
    'the owner of a reservation that cannot be fulfilled: %s',
    async (owner) => {
      const { store, basis } = await bookWithReceipt();
      const at = { now: NOON + seconds(20), owner };
      const lines = [{ sku: 'tea', quantity: 10 }];
      unwrap(await reserveStock(store, reserveCommand({ ...at, lines })));
      unwrap(await commitReservation(store, commitCommand(at)));

      const { unfulfillable } = unwrap(await basis());

      expect(unfulfillable.map((one) => [one.reservationId, one.owner])).toEqual([
        ['res-1', owner],
      ]);
    },
  );

  test('an error for an unknown SKU or location', async () => {
    const { store, basis } = await bookWithReceipt();
    store.skus.clear();

    expect(await basis()).toEqual({ ok: false, error: { kind: 'notFound' } });
  });
});
