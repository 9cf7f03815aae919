import { expect, test } from 'vitest';
import { reserveStock } from '../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { NOON_BUCKET, reserveCommand } from '../../support/inventory.ts';
import { balances, cells, type NewStore, storeWith } from './contract-store.ts';

const HELD_UNTIL = NOON_BUCKET + 600;

/** Tests requests that reserve at the same time. */
export function concurrencyContract(newStore: NewStore): void {
  test('of 100 concurrent requests for 30 units, 30 hold one unit and 70 are rejected', async () => {
    const store = await storeWith(newStore, ['tea', 30]);
    const buyers = Array.from({ length: 100 }, (_, index) => `res-${index}`);

    const results = await Promise.all(
      buyers.map((reservationId) =>
        reserveStock(
          store,
          reserveCommand({ reservationId, lines: [{ sku: 'tea', quantity: 1 }] }),
        ),
      ),
    );

    expect(results.filter((result) => result.ok)).toHaveLength(30);
    expect(
      results.filter((result) => !result.ok && result.error.kind === 'insufficientStock'),
    ).toHaveLength(70);
  });

  test('ten concurrent requests for the same reservation make it once', async () => {
    const store = await storeWith(newStore, ['tea', 3]);

    const results = await Promise.all(
      Array.from({ length: 10 }, () => reserveStock(store, reserveCommand())),
    );

    expect(
      results.every((result) => result.ok && result.value.reservation.heldUntil === HELD_UNTIL),
    ).toBe(true);
    expect(balances(await store.read({ cells: cells('tea') }))['tea#main#0']).toMatchObject({
      available: 0,
      held: { [HELD_UNTIL]: 3 },
    });
  });
}
