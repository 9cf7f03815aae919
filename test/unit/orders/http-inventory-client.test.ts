import { describe, expect, test } from 'vitest';
import { HttpInventoryClient } from '../../../lambdas/orders/adapters/http-inventory-client.ts';
import { err } from '../../../lambdas/shared/core/result.ts';
import type { ServiceResponse, SignedClient } from '../../../lambdas/shared/http/signed-client.ts';

/** Creates a client whose every request gets the response. */
const createInventory = (response: ServiceResponse): HttpInventoryClient =>
  // Only `send` is used of a client.
  new HttpInventoryClient({ send: async () => response } as unknown as SignedClient);
const request = {
  orderId: 'ord-1',
  correlationId: 'corr-1',
  lines: [{ sku: 'tea', quantity: 50 }],
  holdSeconds: 600,
};

describe('a hold that inventory rejects', () => {
  test.each([
    [
      'STOCK_TOO_FRAGMENTED',
      { cellsNeeded: 50, cellsMax: 49 },
      { kind: 'stockTooFragmented', cellsNeeded: 50, cellsMax: 49 },
    ],
    [
      'INSUFFICIENT_STOCK',
      { shortages: [{ sku: 'tea', requested: 50, available: 1 }] },
      { kind: 'insufficientStock', shortages: [{ sku: 'tea', requested: 50, available: 1 }] },
    ],
    ['RESERVATION_RELEASED', {}, { kind: 'reservationExpired' }],
    [
      'NOT_A_PICKUP_LOCATION',
      { locationIds: ['depot'] },
      { kind: 'notAPickupLocation', locationIds: ['depot'] },
    ],
    [
      'UNKNOWN_LOCATION',
      { locationIds: ['nowhere'] },
      { kind: 'notAPickupLocation', locationIds: ['nowhere'] },
    ],
  ])('is returned to the customer for %s', async (code, fields, refusal) => {
    const inventory = createInventory({ status: 409, body: { code, ...fields } });

    expect(await inventory.reserve(request)).toEqual(err(refusal));
  });

  test('throws for an unknown code', async () => {
    const inventory = createInventory({ status: 409, body: { code: 'OTHER' } });

    await expect(inventory.reserve(request)).rejects.toThrow('inventory responded with 409 OTHER');
  });
});

describe('a hold', () => {
  const sent: unknown[] = [];
  const inventory = new HttpInventoryClient({
    send: async (_method: string, _path: string, { body }: { body: unknown }) => {
      sent.push(body);
      const lines = [{ sku: 'tea', quantity: 50, locationId: 'shop' }];
      const expiresAt = '2026-01-01T12:10:00.000Z';
      return { status: 201, body: { reservationId: 'ord-1', status: 'HELD', expiresAt, lines } };
    },
  } as unknown as SignedClient);

  test('has the locations at which the units are held', async () => {
    expect(await inventory.reserve(request)).toMatchObject({
      ok: true,
      value: { lines: [{ sku: 'tea', quantity: 50, locationId: 'shop' }] },
    });
  });

  test.each([
    [undefined, { lines: [{ sku: 'tea', quantity: 50 }] }],
    ['shop', { lines: [{ sku: 'tea', quantity: 50, from: 'shop' }], pickup: true }],
  ])('names a location only where the customer collects the order: %s', async (pickupAt, body) => {
    await inventory.reserve({ ...request, pickupAt });

    expect(sent.at(-1)).toEqual({ ...body, holdSeconds: 600, orderId: 'ord-1' });
  });
});
