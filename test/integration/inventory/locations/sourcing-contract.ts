import { describe, expect, test } from 'vitest';
import { createLocation } from '../../../../lambdas/inventory/domain/locations/put-location.ts';
import type { ReserveLine } from '../../../../lambdas/inventory/domain/reservations/candidates.ts';
import type { StockStore } from '../../../../lambdas/inventory/use-cases/ports.ts';
import {
  commitReservation,
  releaseReservation,
  shipReservation,
} from '../../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import { ReserveCache } from '../../../../lambdas/inventory/use-cases/reservations/reserve-cache.ts';
import { reserveStock } from '../../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { receiveStock } from '../../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { RetryLaterError } from '../../../../lambdas/shared/core/errors.ts';
import { systemRandom } from '../../../../lambdas/shared/core/random.ts';
import { context, receiveCommand, reserveCommand, unwrap } from '../../../support/inventory.ts';

const BUYERS = 30;

/** Tests every implementation of StockStore with SKUs at several locations. */
export function sourcingContract(name: string, newStore: () => Promise<StockStore>): void {
  /** Returns a store with units of SKUs by location. */
  const storeWith = async (
    units: Readonly<Record<string, Readonly<Record<string, number>>>>,
  ): Promise<StockStore> => {
    const store = await newStore();
    for (const [sku, at] of Object.entries(units)) {
      for (const [locationId, quantity] of Object.entries(at)) {
        const operationId = `receipt-${sku}-${locationId}`;
        const receipt = receiveCommand({ operationId, sku, locationId, quantity });
        unwrap(await receiveStock(store, { ...receipt, createLocation: true }));
      }
    }
    return store;
  };
  const availableAt = async (store: StockStore, sku: string, locationId: string) => {
    const { cells } = await store.read({ cells: [{ sku, locationId, shard: 0 }] });
    return cells.get(`${sku}#${locationId}#0`)?.available;
  };
  const reserve = (
    store: StockStore,
    reservationId: string,
    lines: readonly ReserveLine[],
    cache = new ReserveCache(),
  ) => reserveStock(store, reserveCommand({ reservationId, lines, fingerprint: '' }), cache);

  describe(`${name} stores SKUs at several locations:`, () => {
    test('5 + 5, and an order of 7: 5 + 2 in one change, and each step in both cells', async () => {
      const store = await storeWith({ tea: { main: 5, shop: 5 } });

      const { reservation } = unwrap(await reserve(store, 'res-1', [{ sku: 'tea', quantity: 7 }]));

      expect(reservation.lines).toEqual([
        { sku: 'tea', locationId: 'main', shard: 0, quantity: 5 },
        { sku: 'tea', locationId: 'shop', shard: 0, quantity: 2 },
      ]);
      const step = { ...context(), reservationId: 'res-1' };
      unwrap(await commitReservation(store, step));
      const shipped = await shipReservation(store, step);
      expect(shipped.lines.map(({ shipped: units }) => units)).toEqual([5, 2]);
      expect(await availableAt(store, 'tea', 'main')).toBe(0);
      expect(await availableAt(store, 'tea', 'shop')).toBe(3);
    });

    test('a release returns units to the location from which they were taken', async () => {
      const store = await storeWith({ tea: { main: 5, shop: 5 } });
      unwrap(await reserve(store, 'res-1', [{ sku: 'tea', quantity: 7 }]));

      unwrap(await releaseReservation(store, { ...context(), reservationId: 'res-1' }));

      expect(await availableAt(store, 'tea', 'main')).toBe(5);
      expect(await availableAt(store, 'tea', 'shop')).toBe(5);
    });

    test('records of locations are read with the request that names them', async () => {
      const store = await storeWith({ tea: { main: 5 } });
      const lines = [{ sku: 'tea', quantity: 1, from: { anyOf: ['west', 'main'], split: true } }];

      expect(await reserve(store, 'res-1', lines)).toMatchObject({
        ok: false,
        error: { kind: 'unknownLocation', locationIds: ['west'] },
      });
      await store.apply({
        operationId: 'new-location',
        at: context().now,
        correlationId: 'corr-1',
        cells: [],
        newLocation: createLocation('west', context()),
      });
      expect((await reserve(store, 'res-1', lines)).ok).toBe(true);
    });

    test(`${BUYERS} buyers at once get each unit of three locations once`, async () => {
      const store = await storeWith({
        tea: { main: 8, shop: 7, west: 9 },
        cup: { main: 20, west: 40 },
      });
      const cache = new ReserveCache(systemRandom);
      const buy = async (reservationId: string): Promise<boolean> => {
        for (;;) {
          try {
            const lines = [
              { sku: 'tea', quantity: 1 },
              { sku: 'cup', quantity: 1 },
            ];
            return (await reserve(store, reservationId, lines, cache)).ok;
          } catch (error) {
            if (!(error instanceof RetryLaterError)) throw error;
          }
        }
      };

      const bought = await Promise.all(
        Array.from({ length: BUYERS }, (_, index) => buy(`buyer-${index}`)),
      );

      expect(bought.filter((isHeld) => isHeld)).toHaveLength(24);
      for (const locationId of ['main', 'shop', 'west'])
        expect(await availableAt(store, 'tea', locationId)).toBe(0);
    });
  });
}
