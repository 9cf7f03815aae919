import { describe, expect, test } from 'vitest';
import type { BookState } from '../../../lambdas/inventory/domain/ledger/decision.ts';
import {
  loadStock,
  loadStockForOperation,
} from '../../../lambdas/inventory/use-cases/load-state.ts';
import type { StockStore } from '../../../lambdas/inventory/use-cases/ports.ts';
import {
  commitReservation,
  extendReservation,
  releaseReservation,
  shipReservation,
} from '../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import { reserveStock } from '../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import {
  adjustStock,
  putStock,
  receiveStock,
} from '../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import {
  BUCKET_SECONDS,
  context,
  NOON,
  NOON_BUCKET,
  reserveCommand,
  seconds,
} from '../../support/inventory.ts';

const HOLD_SECONDS = 600;
const HELD_UNTIL = NOON_BUCKET + HOLD_SECONDS;
const AFTER_EXPIRY = NOON + seconds(HOLD_SECONDS + 10);

/** What every keeper of the book promises, whether it is the table or a map in memory. */
export function stockStoreContract(name: string, newStore: () => Promise<StockStore>): void {
  const storeWith = async (...quantities: readonly [string, number][]): Promise<StockStore> => {
    const store = await newStore();
    for (const [sku, quantity] of quantities) {
      await receiveStock(store, { ...entry(`receipt-${sku}`), sku, quantity, createSku: true });
    }
    return store;
  };

  describe(`${name} keeps the book`, () => {
    test('a receipt makes the sku, its cell, the movement and its mark', async () => {
      const store = await storeWith(['tea', 10]);

      const state = await loadStockForOperation(store, 'tea', 'receipt-tea');

      expect(balances(state)).toEqual({
        'tea#main#0': { available: 10, held: {}, committed: 0, expiredThrough: 0 },
      });
      expect(state.stockItems.get('tea')).toMatchObject({
        sku: 'tea',
        locations: ['main'],
        version: 1,
      });
      expect(state.operation?.fingerprint).toBe('receipt-tea');
    });

    test('a receipt sent twice counts once and returns the same movement', async () => {
      const store = await storeWith(['tea', 10]);

      const again = await receiveStock(store, {
        ...entry('receipt-tea'),
        sku: 'tea',
        quantity: 10,
      });

      expect(again).toMatchObject({
        ok: true,
        value: {
          cell: { sku: 'tea', shard: 0 },
          movement: { movementId: 'receipt-tea.1', quantity: 10 },
        },
      });
      expect(await available(store, 'tea')).toBe(10);
    });

    test('the same key with another quantity is refused and changes nothing', async () => {
      const store = await storeWith(['tea', 10]);

      const other = await receiveStock(store, {
        ...entry('receipt-tea'),
        fingerprint: 'other',
        sku: 'tea',
        quantity: 11,
      });

      expect(other).toEqual({ ok: false, error: { kind: 'keyReused' } });
      expect(await available(store, 'tea')).toBe(10);
    });

    test('goods at another location get a cell of their own, and the sku knows it', async () => {
      const store = await storeWith(['tea', 10]);

      await receiveStock(store, {
        ...entry('receipt-2'),
        sku: 'tea',
        quantity: 4,
        locationId: 'annex',
      });

      const state = await loadStock(store, 'tea');
      expect(state.stockItems.get('tea')?.locations).toEqual(['main', 'annex']);
      expect(state.cells.get('tea#annex#0')?.available).toBe(4);
    });

    test('settings replace settings', async () => {
      const store = await newStore();
      const first = await putStock(store, {
        ...context(),
        sku: 'tea',
        name: 'Tea',
        lowStockThreshold: 5,
      });
      const second = await putStock(store, { ...context(), sku: 'tea', name: 'Green tea' });

      expect(first).toMatchObject({
        ok: true,
        value: { isNew: true, stockItem: { name: 'Tea', lowStockThreshold: 5 } },
      });
      expect(second).toMatchObject({
        ok: true,
        value: { isNew: false, stockItem: { name: 'Green tea', version: 2 } },
      });
      expect((await loadStock(store, 'tea')).stockItems.get('tea')).not.toHaveProperty(
        'lowStockThreshold',
      );
    });

    test('holds all lines in one slot, or none', async () => {
      const store = await storeWith(['tea', 10], ['cup', 1]);
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
          shortages: [{ sku: 'cup', requested: 1, available: 0 }],
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

    test('a repeat answers the first reservation, even when the stock is gone since', async () => {
      const store = await storeWith(['tea', 3]);
      await reserveStock(store, reserveCommand());

      const again = await reserveStock(store, reserveCommand());

      expect(again).toMatchObject({
        ok: true,
        value: { isRepeat: true, reservation: { heldUntil: HELD_UNTIL } },
      });
    });

    test('25 lines are one change', async () => {
      const skus = Array.from({ length: 25 }, (_, index) => `sku-${index}`);
      const store = await storeWith(...skus.map((sku): [string, number] => [sku, 2]));

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

    test('commit and ship move the units on, once each', async () => {
      const store = await storeWith(['tea', 10]);
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

    test('who reserves next folds what has lapsed, in the same change', async () => {
      const store = await storeWith(['tea', 3]);
      await reserveStock(store, reserveCommand());

      const next = await reserveStock(
        store,
        reserveCommand({ reservationId: 'res-2', now: AFTER_EXPIRY }),
      );

      expect(next.ok).toBe(true);
      const slot =
        Math.ceil((AFTER_EXPIRY / 1000 + HOLD_SECONDS) / BUCKET_SECONDS) * BUCKET_SECONDS;
      expect(balances(await store.read({ cells: cells('tea') }))['tea#main#0']).toEqual({
        available: 0,
        held: { [slot]: 3 },
        committed: 0,
        expiredThrough: HELD_UNTIL,
      });
    });

    test('a late commit takes its held units while they were not folded', async () => {
      const store = await storeWith(['tea', 3]);
      await reserveStock(store, reserveCommand());

      const late = await commitReservation(store, {
        ...context({ now: AFTER_EXPIRY }),
        reservationId: 'res-1',
      });

      expect(late).toMatchObject({ ok: true, value: { status: 'COMMITTED' } });
    });

    test('a late commit is rescued from what is available, and fails when nothing is', async () => {
      const store = await storeWith(['tea', 4]);
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

    test('an extension moves the hold to a later slot; its repeat gets the same answer', async () => {
      const store = await storeWith(['tea', 3]);
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

    test('a release before its reserve leaves a tombstone that refuses the reserve', async () => {
      const store = await storeWith(['tea', 3]);

      await releaseReservation(store, { ...context(), reservationId: 'res-1' });
      const late = await reserveStock(store, reserveCommand());

      expect(late).toEqual({ ok: false, error: { kind: 'alreadyReleased' } });
      expect(await available(store, 'tea')).toBe(3);
    });

    test('a release gives back what was held, or committed, once', async () => {
      const store = await storeWith(['tea', 6]);
      await reserveStock(store, reserveCommand());
      await reserveStock(store, reserveCommand({ reservationId: 'res-2' }));
      await commitReservation(store, { ...context(), reservationId: 'res-2' });

      for (const reservationId of ['res-1', 'res-1', 'res-2', 'res-2']) {
        await releaseReservation(store, { ...context(), reservationId });
      }

      expect(await available(store, 'tea')).toBe(6);
    });

    test('an adjustment takes no more than is available', async () => {
      const store = await storeWith(['tea', 5]);
      await reserveStock(store, reserveCommand());

      const tooMuch = await adjustStock(store, {
        ...entry('a-1'),
        sku: 'tea',
        delta: -3,
        reason: 'damaged',
      });
      const enough = await adjustStock(store, {
        ...entry('a-2'),
        sku: 'tea',
        delta: -2,
        reason: 'damaged',
      });

      expect(tooMuch).toEqual({
        ok: false,
        error: {
          kind: 'insufficientStock',
          shortages: [{ sku: 'tea', requested: 3, available: 2 }],
        },
      });
      expect(enough).toMatchObject({ ok: true });
      expect(await available(store, 'tea')).toBe(0);
    });

    test('100 buyers at once for 30 units: 30 hold one, 70 are told that there is none', async () => {
      const store = await storeWith(['tea', 30]);
      const buyers = Array.from({ length: 100 }, (_, index) => `res-${index}`);

      const answers = await Promise.all(
        buyers.map((reservationId) =>
          reserveStock(
            store,
            reserveCommand({ reservationId, lines: [{ sku: 'tea', quantity: 1 }] }),
          ),
        ),
      );

      expect(answers.filter((answer) => answer.ok)).toHaveLength(30);
      expect(
        answers.filter((answer) => !answer.ok && answer.error.kind === 'insufficientStock'),
      ).toHaveLength(70);
    });

    test('the same reservation sent ten times at once is made once', async () => {
      const store = await storeWith(['tea', 3]);

      const answers = await Promise.all(
        Array.from({ length: 10 }, () => reserveStock(store, reserveCommand())),
      );

      expect(
        answers.every((answer) => answer.ok && answer.value.reservation.heldUntil === HELD_UNTIL),
      ).toBe(true);
      expect(balances(await store.read({ cells: cells('tea') }))['tea#main#0']).toMatchObject({
        available: 0,
        held: { [HELD_UNTIL]: 3 },
      });
    });
  });
}

const entry = (operationId: string) => ({ ...context(), operationId, fingerprint: operationId });
const cells = (...skus: readonly string[]) =>
  skus.map((sku) => ({ sku, locationId: 'main', shard: 0 }));

const available = async (store: StockStore, sku: string): Promise<number | undefined> =>
  (await store.read({ cells: cells(sku) })).cells.get(`${sku}#main#0`)?.available;

const balances = (state: Pick<BookState, 'cells'>) =>
  Object.fromEntries(
    [...state.cells].map(([id, { available, held, committed, expiredThrough }]) => [
      id,
      {
        available,
        held: Object.fromEntries(Object.entries(held).filter(([, units]) => units > 0)),
        committed,
        expiredThrough,
      },
    ]),
  );
