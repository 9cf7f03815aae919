import { expect, test } from 'vitest';
import {
  commitReservation,
  extendReservation,
  releaseReservation,
  shipReservation,
} from '../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import { reserveStock } from '../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import {
  BUCKET_SECONDS,
  context,
  NOON,
  NOON_BUCKET,
  reserveCommand,
  seconds,
} from '../../support/inventory.ts';
import { available, balances, cells, entry, type NewStore, storeWith } from './contract-store.ts';

const HOLD_SECONDS = 600;
const HELD_UNTIL = NOON_BUCKET + HOLD_SECONDS;
const AFTER_EXPIRY = NOON + seconds(HOLD_SECONDS + 10);

/** Tests every step of a reservation. */
export function reservationContract(newStore: NewStore): void {
  test('all lines are held in one expiry bucket, or none is held', async () => {
    const store = await storeWith(newStore, ['tea', 10], ['cup', 1]);
    const lines = [
      { sku: 'tea', quantity: 3 },
      { sku: 'cup', quantity: 1 },
    ];

    const held = await reserveStock(store, reserveCommand({ lines }));
    const refused = await reserveStock(store, reserveCommand({ reservationId: 'res-2', lines }));

    expect(held).toMatchObject({ ok: true, value: { isRepeat: false } });
    expect(refused).toEqual({
      ok: false,
      error: {
        kind: 'insufficientStock',
        shortages: [
          { sku: 'cup', requested: 1, available: 0, at: [{ locationId: 'main', available: 0 }] },
        ],
      },
    });
    expect(balances(await store.read({ cells: cells('tea', 'cup') }))).toEqual({
      'tea#main#0': {
        available: 7,
        held: { [HELD_UNTIL]: 3 },
        committed: 0,
        expiredThrough: 0,
      },
      'cup#main#0': {
        available: 0,
        held: { [HELD_UNTIL]: 1 },
        committed: 0,
        expiredThrough: 0,
      },
    });
  });

  test('a repeat returns the first reservation, even if no stock is left', async () => {
    const store = await storeWith(newStore, ['tea', 3]);
    await reserveStock(store, reserveCommand());

    const again = await reserveStock(store, reserveCommand());

    expect(again).toMatchObject({
      ok: true,
      value: { isRepeat: true, reservation: { heldUntil: HELD_UNTIL } },
    });
  });

  test('25 lines are reserved in one change', async () => {
    const skus = Array.from({ length: 25 }, (_, index) => `sku-${index}`);
    const store = await storeWith(newStore, ...skus.map((sku): [string, number] => [sku, 2]));

    const held = await reserveStock(
      store,
      reserveCommand({ lines: skus.map((sku) => ({ sku, quantity: 2 })) }),
    );

    expect(held.ok).toBe(true);
    expect(
      [...(await store.read({ cells: cells(...skus) })).cells.values()].map(
        (cell) => cell.available,
      ),
    ).toEqual(skus.map(() => 0));
  });

  test('commit and ship each move the units once', async () => {
    const store = await storeWith(newStore, ['tea', 10]);
    await reserveStock(store, reserveCommand());

    await commitReservation(store, { ...context(), reservationId: 'res-1' });
    await commitReservation(store, { ...context(), reservationId: 'res-1' });
    const committed = balances(await store.read({ cells: cells('tea') }));
    await shipReservation(store, { ...context(), reservationId: 'res-1' });
    await shipReservation(store, { ...context(), reservationId: 'res-1' });

    expect(committed['tea#main#0']).toMatchObject({ available: 7, committed: 3 });
    expect(balances(await store.read({ cells: cells('tea') }))['tea#main#0']).toMatchObject({
      available: 7,
      committed: 0,
    });
  });

  test('the next reservation releases expired holds in the same change', async () => {
    const store = await storeWith(newStore, ['tea', 3]);
    await reserveStock(store, reserveCommand());

    const next = await reserveStock(
      store,
      reserveCommand({ reservationId: 'res-2', now: AFTER_EXPIRY }),
    );

    expect(next.ok).toBe(true);
    const bucket =
      Math.ceil((AFTER_EXPIRY / 1000 + HOLD_SECONDS) / BUCKET_SECONDS) * BUCKET_SECONDS;
    expect(balances(await store.read({ cells: cells('tea') }))['tea#main#0']).toEqual({
      available: 0,
      held: { [bucket]: 3 },
      committed: 0,
      expiredThrough: HELD_UNTIL,
    });
  });

  test('a late commit succeeds while its expired hold is not yet released', async () => {
    const store = await storeWith(newStore, ['tea', 3]);
    await reserveStock(store, reserveCommand());

    const late = await commitReservation(store, {
      ...context({ now: AFTER_EXPIRY }),
      reservationId: 'res-1',
    });

    expect(late).toMatchObject({ ok: true, value: { status: 'COMMITTED' } });
  });

  test('a late commit fails if its hold was released and too few units are available', async () => {
    const store = await storeWith(newStore, ['tea', 4]);
    await reserveStock(store, reserveCommand());
    const take = {
      reservationId: 'res-2',
      lines: [{ sku: 'tea', quantity: 2 }],
      now: AFTER_EXPIRY,
    };
    await reserveStock(store, reserveCommand(take));

    const failed = await commitReservation(store, {
      ...context({ now: AFTER_EXPIRY }),
      reservationId: 'res-1',
    });

    expect(failed).toMatchObject({
      ok: true,
      value: {
        status: 'EXPIRED',
        commitFailure: {
          code: 'RESERVATION_EXPIRED',
          shortages: [{ sku: 'tea', requested: 3, available: 2 }],
        },
      },
    });
  });

  test('an extension moves the hold to a later expiry bucket, and its repeat returns the same result', async () => {
    const store = await storeWith(newStore, ['tea', 3]);
    await reserveStock(store, reserveCommand());
    const extension = {
      ...entry('extension-1'),
      reservationId: 'res-1',
      holdSeconds: 900,
      bucketSeconds: BUCKET_SECONDS,
    };

    const extended = await extendReservation(store, extension);
    const again = await extendReservation(store, { ...extension, now: NOON + seconds(120) });

    expect(extended).toMatchObject({ ok: true, value: { heldUntil: NOON_BUCKET + 900 } });
    expect(again).toMatchObject({ ok: true, value: { heldUntil: NOON_BUCKET + 900 } });
  });

  test('a release that arrives before its reservation rejects the reservation', async () => {
    const store = await storeWith(newStore, ['tea', 3]);

    await releaseReservation(store, { ...context(), reservationId: 'res-1' });
    const late = await reserveStock(store, reserveCommand());

    expect(late).toEqual({ ok: false, error: { kind: 'alreadyReleased' } });
    expect(await available(store, 'tea')).toBe(3);
  });

  test('a release returns held or committed units once', async () => {
    const store = await storeWith(newStore, ['tea', 6]);
    await reserveStock(store, reserveCommand());
    await reserveStock(store, reserveCommand({ reservationId: 'res-2' }));
    await commitReservation(store, { ...context(), reservationId: 'res-2' });

    for (const reservationId of ['res-1', 'res-1', 'res-2', 'res-2']) {
      await releaseReservation(store, { ...context(), reservationId });
    }

    expect(await available(store, 'tea')).toBe(6);
  });
}
