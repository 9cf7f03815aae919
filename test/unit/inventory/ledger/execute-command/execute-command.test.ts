import { describe, expect, test } from 'vitest';
import { mainCellKey } from '../../../../../lambdas/inventory/domain/ledger/cell.ts';
import {
  ATTEMPTS_MAX,
  executeCommand,
} from '../../../../../lambdas/inventory/use-cases/execute-command.ts';
import {
  commitReservation,
  releaseReservation,
  shipReservation,
} from '../../../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import { reserveStock } from '../../../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import {
  adjustStock,
  receiveStock,
} from '../../../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { RetryLaterError } from '../../../../../lambdas/shared/core/errors.ts';
import { err, ok } from '../../../../../lambdas/shared/core/result.ts';
import {
  aCell,
  adjustCommand,
  aReservation,
  context,
  NOON,
  NOON_BUCKET,
  receiveCommand,
  reserveCommand,
} from '../../../../support/inventory.ts';
import { MemoryStockStore } from '../../../../support/memory-stock-store.ts';
import { InterferedStore, type Interference, readsOfTea, times } from './interfered-store.ts';

const busy: Interference = () => ({ outcome: 'busy' });
const noInterference: Interference = () => undefined;

describe('a change to a busy book', () => {
  test('is attempted again, after a pause before each attempt', async () => {
    const store = new InterferedStore(times(2, busy)).stocked(3);

    const result = await reserveStock(store, reserveCommand());

    expect(result.ok).toBe(true);
    expect(store.applied).toHaveLength(3);
    expect(store.pauses).toEqual([1, 2]);
  });

  test('is based on a new read in each attempt', async () => {
    const store = new InterferedStore([busy]).stocked(3);

    await reserveStock(store, reserveCommand());

    expect(store.reads).toHaveLength(2);
  });

  test.each([
    [ATTEMPTS_MAX - 2, 'written'],
    [ATTEMPTS_MAX - 1, 'written'],
    [ATTEMPTS_MAX, 'given up'],
  ])(
    `is attempted at most ${ATTEMPTS_MAX} times: after %i conflicts it is %s`,
    async (count, outcome) => {
      const store = new InterferedStore(times(count, busy)).stocked(3);

      const request = reserveStock(store, reserveCommand());

      if (outcome === 'written') {
        expect((await request).ok).toBe(true);
      } else {
        await expect(request).rejects.toEqual(
          new RetryLaterError('the book stayed busy during each of 8 attempts'),
        );
        expect(store.tea).toEqual(aCell({ available: 3 }));
        expect(store.applied).toHaveLength(ATTEMPTS_MAX);
      }
    },
  );

  test('that was written although its response was lost is found by its record', async () => {
    const lostResponse: Interference = async (change) => {
      await MemoryStockStore.prototype.apply.call(store, change);
      return { outcome: 'busy' };
    };
    const store: InterferedStore = new InterferedStore([lostResponse]).stocked(3);

    const result = await reserveStock(store, reserveCommand());

    expect(result).toMatchObject({ ok: true, value: { isRepeat: true } });
    expect(store.tea).toMatchObject({ available: 0, held: { [NOON_BUCKET + 600]: 3 } });
  });

  test('that throws is not attempted again: an error is no conflict', async () => {
    const broken: Interference = () => {
      throw new Error('a bug');
    };
    const store = new InterferedStore([broken]).stocked(3);

    await expect(reserveStock(store, reserveCommand())).rejects.toThrow('a bug');

    expect(store.applied).toHaveLength(1);
  });
});

describe('a change whose condition failed', () => {
  test('is decided again on the current book', async () => {
    const buyer: Interference = async () => {
      await reserveStock(store, reserveCommand({ reservationId: 'other' }));
      return undefined;
    };
    const store: InterferedStore = new InterferedStore([buyer, noInterference]).stocked(4);

    const result = await reserveStock(store, reserveCommand());

    expect(result).toEqual(
      err({
        kind: 'insufficientStock',
        shortages: [
          { sku: 'tea', requested: 3, available: 1, at: [{ locationId: 'main', available: 1 }] },
        ],
      }),
    );
  });

  test(`is attempted at most ${ATTEMPTS_MAX} times`, async () => {
    const store = new InterferedStore(times(9, () => ({ outcome: 'conditionFailed' }))).stocked(4);

    await expect(reserveStock(store, reserveCommand())).rejects.toBeInstanceOf(RetryLaterError);

    expect(store.applied).toHaveLength(ATTEMPTS_MAX);
  });

  test('returns the reservation of a concurrent duplicate, without another read of the book', async () => {
    const reservation = aReservation();
    const duplicate: Interference = () => ({ outcome: 'conditionFailed', reservation });
    const store = new InterferedStore([duplicate]).stocked(3);

    const result = await reserveStock(store, reserveCommand());

    expect(result).toEqual(ok({ reservation, isRepeat: true }));
    expect(store.reads).toHaveLength(1);
    expect(store.applied).toHaveLength(1);
  });

  test('returns the receipt of a concurrent duplicate, without another read of the book', async () => {
    const first = await receiveStock(new InterferedStore().stocked(3), receiveCommand());
    const duplicate: Interference = (change) =>
      change.idempotencyRecord?.kind === 'operation'
        ? { outcome: 'conditionFailed', operation: change.idempotencyRecord.operation }
        : undefined;
    const store = new InterferedStore([duplicate]).stocked(3);

    const result = await receiveStock(store, receiveCommand());

    expect(result).toEqual(first);
    expect(store.reads).toHaveLength(1);
  });

  test('is rejected when another request has its id, without another read of the book', async () => {
    const reservation = aReservation({ fingerprint: 'other' });
    const store = new InterferedStore([
      () => ({ outcome: 'conditionFailed', reservation }),
    ]).stocked(3);

    const result = await reserveStock(store, reserveCommand());

    expect(result).toEqual(err({ kind: 'keyReused' }));
    expect(store.reads).toHaveLength(1);
  });

  test('is read again for a step of a reservation, because its cells must match the record', async () => {
    const release: Interference = async () => {
      await releaseReservation(store, { ...context(), reservationId: 'res-1' });
      return undefined;
    };
    const store: InterferedStore = new InterferedStore([noInterference, release]).stocked(3);
    await reserveStock(store, reserveCommand());

    const result = await commitReservation(store, { ...context(), reservationId: 'res-1' });

    expect(result).toMatchObject({
      ok: true,
      value: { status: 'RELEASED', commitFailure: { code: 'RESERVATION_RELEASED' } },
    });
    expect(store.tea).toMatchObject({ available: 3, committed: 0 });
  });
});

describe('a rejection', () => {
  test('without a reservation record is confirmed by a second read of that record only', async () => {
    const store = new InterferedStore().stocked(2);

    const result = await reserveStock(store, reserveCommand());

    expect(result.ok).toBe(false);
    expect(store.reads).toEqual([
      { cells: [mainCellKey('tea')], reservations: ['res-1'], stockItems: ['tea'], locations: [] },
      { reservations: ['res-1'], stockItems: ['tea'], locations: [] },
      { cells: [mainCellKey('tea')] },
      { reservations: ['res-1'], stockItems: ['tea'] },
    ]);
  });

  test('becomes a success when a concurrent duplicate took the last units between the two reads', async () => {
    const beforeReads: (() => unknown)[] = [
      () => store.cells.set('tea#main#0', aCell({ available: 0 })),
      () => store.reservations.set('res-1', aReservation()),
    ];
    const store: InterferedStore = new InterferedStore([], beforeReads).stocked(3);

    const result = await reserveStock(store, reserveCommand());

    expect(result).toEqual(ok({ reservation: aReservation(), isRepeat: true }));
    expect(store.applied).toEqual([]);
  });

  test('of an adjustment is confirmed by a second read of its operation record', async () => {
    const store = new InterferedStore().stocked(1);

    await adjustStock(store, adjustCommand());

    expect(store.reads).toEqual([
      {
        cells: [mainCellKey('tea')],
        stockItems: ['tea'],
        operations: ['adjustment-1'],
        locations: [],
      },
      { stockItems: ['tea'], operations: ['adjustment-1'], locations: [] },
      { cells: [mainCellKey('tea')] },
      { stockItems: ['tea'], operations: ['adjustment-1'] },
    ]);
  });

  test('because of the record itself needs no second read', async () => {
    const store = new InterferedStore().stocked(3);
    store.reservations.set('res-1', aReservation({ fingerprint: 'other' }));

    const result = await reserveStock(store, reserveCommand());

    expect(result).toEqual(err({ kind: 'keyReused' }));
    expect(store.reads).toHaveLength(1);
  });

  test('writes nothing', async () => {
    const store = new InterferedStore().stocked(2);

    await reserveStock(store, reserveCommand());

    expect(store.applied).toEqual([]);
  });
});

describe('a shipment', () => {
  test('that was made before returns without a write', async () => {
    const store = new InterferedStore();
    store.reservations.set('res-1', aReservation({ status: 'FULFILLED' }));

    const shipped = await shipReservation(store, { ...context(), reservationId: 'res-1' });

    expect(shipped.status).toBe('FULFILLED');
    expect(store.applied).toEqual([]);
  });

  test('of a reservation that is not committed throws, so that a person looks at it', async () => {
    const store = new InterferedStore();
    store.reservations.set('res-1', aReservation());

    await expect(shipReservation(store, { ...context(), reservationId: 'res-1' })).rejects.toThrow(
      'cannot ship res-1: it is HELD',
    );
  });
});

test('a command returns only after its change is durable', async () => {
  const order: string[] = [];
  const store = new InterferedStore([
    () => {
      order.push('applied');
      return undefined;
    },
  ]).stocked(3);

  await executeCommand(store, {
    ...readsOfTea(store),
    decide: () => ({
      next: 'commit',
      value: 'done',
      change: { operationId: 'op', at: NOON, correlationId: 'corr', cells: [] },
    }),
  }).then((result) => order.push(result.ok ? result.value : 'rejected'));

  expect(order).toEqual(['applied', 'done']);
});
