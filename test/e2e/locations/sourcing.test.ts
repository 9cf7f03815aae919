import { describe, expect, inject, test } from 'vitest';
import {
  alice,
  call,
  createStockedSku,
  expectStatus,
  getOrder,
  getStock,
  newSku,
  type Order,
  placeOrder,
  postOrder,
  serviceSigner,
  staff,
} from '../../support/e2e/e2e.ts';

const signer = serviceSigner();

/** Creates a location for this test only, with a low number as priority unless it is given. */
async function createLocation(settings: object = {}): Promise<string> {
  const locationId = newSku('place');
  const body = { name: 'East', kind: 'store', ...settings };
  expectStatus(201, await call(`PUT /locations/${locationId}`, { token: staff(), body }));
  return locationId;
}
const receiveAt = async (sku: string, locationId: string, quantity: number) =>
  expectStatus(
    201,
    await call(`POST /stock/${sku}/receipts`, { token: staff(), body: { quantity, locationId } }),
  );

describe('an order', () => {
  test('of 7 is placed when two locations have 5 each, and states where its units are', async () => {
    const sku = await createStockedSku('tea', 5);
    const shop = await createLocation({ priority: 200 });
    await receiveAt(sku, shop, 5);
    expect(await getStock(sku)).toMatchObject({ available: 10 });

    const order = await placeOrder(sku, 7);

    expect(order).toMatchObject({
      status: 'PENDING_PAYMENT',
      delivery: { kind: 'ship' },
      lines: [
        {
          allocations: [
            { locationId: 'main', quantity: 5 },
            { locationId: shop, quantity: 2 },
          ],
        },
      ],
    });
    expect((await getOrder(order.orderId)).lines).toEqual(order.lines);
    expect(await getStock(sku)).toMatchObject({ available: 3, held: 7 });
  });

  test('of one unit more than two locations have is rejected, without their ids', async () => {
    const sku = await createStockedSku('tea', 5);
    await receiveAt(sku, await createLocation(), 5);

    const { body } = expectStatus(409, await postOrder([{ sku, quantity: 11 }]));

    expect(body).toMatchObject({
      code: 'INSUFFICIENT_STOCK',
      shortages: [{ sku, requested: 11, available: 10 }],
    });
    expect(JSON.stringify(body)).not.toContain('locationId');
  });

  test('takes nothing from an inactive location', async () => {
    const sku = await createStockedSku('tea', 2);
    const closed = await createLocation({ active: false, priority: 1 });
    await receiveAt(sku, closed, 5);

    expectStatus(409, await postOrder([{ sku, quantity: 3 }]));
    await placeOrder(sku, 2);

    expect(await getStock(sku)).toMatchObject({
      available: 5,
      locations: [
        { locationId: 'main', available: 0 },
        { locationId: closed, available: 5 },
      ],
    });
  });
});

describe('an order for pickup', () => {
  const orderAt = (sku: string, locationId: string, quantity = 1) =>
    call<Order>('POST /orders', {
      token: alice(),
      body: { lines: [{ sku, quantity }], delivery: { kind: 'pickup', locationId } },
    });

  test('takes its units from the location where the customer collects it, and from no other', async () => {
    const sku = await createStockedSku('tea', 5);
    const shop = await createLocation({ pickup: true, ships: false });
    await receiveAt(sku, shop, 2);

    const order = expectStatus(201, await orderAt(sku, shop, 2)).body;
    const short = await orderAt(sku, shop);

    const delivery = { kind: 'pickup', locationId: shop };
    expect(order).toMatchObject({
      delivery,
      lines: [{ allocations: [{ locationId: shop, quantity: 2 }] }],
    });
    expect(await getOrder(order.orderId)).toMatchObject({ delivery });
    expect(short).toMatchObject({ status: 409, body: { code: 'INSUFFICIENT_STOCK' } });
  });

  test.each(['main', 'nowhere'])('is rejected at %s, where nothing is collected', async (at) => {
    const sku = await createStockedSku('tea', 5);

    expect(await orderAt(sku, at)).toMatchObject({
      status: 422,
      body: { code: 'NOT_A_PICKUP_LOCATION', locationIds: [at] },
    });
  });
});

describe.skipIf(signer === undefined)('a reservation of a service', () => {
  const reserve = async (lines: readonly object[]) => {
    if (signer === undefined) throw new Error('there is no key to sign with');
    const response = await signer.fetch(`${inject('apiUrl')}/reservations/${newSku('res')}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ lines }),
    });
    return { status: response.status, body: await response.json() };
  };

  test('comes from the location with the best priority, or from those that it names', async () => {
    const sku = await createStockedSku('tea', 5);
    const first = await createLocation({ priority: 1 });
    await receiveAt(sku, first, 5);

    const byPriority = await reserve([{ sku, quantity: 1 }]);
    const named = await reserve([{ sku, quantity: 1, from: 'main' }]);
    const inOrder = await reserve([{ sku, quantity: 4, from: { anyOf: ['main', first] } }]);

    const at = (locationId: string, quantity: number) => ({
      status: 201,
      body: { lines: [{ sku, quantity, locationId }] },
    });
    expect(byPriority).toMatchObject(at(first, 1));
    expect(named).toMatchObject(at('main', 1));
    expect(inOrder).toMatchObject(at('main', 4));
  });

  test('is rejected with the available units at each location, unless it may be split', async () => {
    const sku = await createStockedSku('tea', 5);
    const other = await createLocation();
    await receiveAt(sku, other, 4);

    const whole = await reserve([{ sku, quantity: 7, from: { split: false } }]);
    const split = await reserve([{ sku, quantity: 7 }]);

    expect(whole).toMatchObject({ status: 409, body: { code: 'INSUFFICIENT_STOCK' } });
    const [shortage] = (whole.body as { shortages: { available: number; at: unknown[] }[] })
      .shortages;
    expect(shortage?.available).toBe(5);
    expect(shortage?.at).toHaveLength(2);
    expect(shortage?.at).toContainEqual({ locationId: other, available: 4 });
    expect(split).toMatchObject({
      status: 201,
      body: {
        lines: [
          { sku, quantity: 5, locationId: 'main' },
          { sku, quantity: 2, locationId: other },
        ],
      },
    });
  });

  test.each([
    ['an unknown location', 404, 'UNKNOWN_LOCATION', ['nowhere']],
    ['two sources of one SKU', 422, 'CONFLICTING_SOURCES', ['main', undefined]],
  ])('is rejected for %s', async (_case, status, code, sources) => {
    const sku = await createStockedSku('tea', 5);

    const lines = sources.map((from) => ({ sku, quantity: 1, ...(from ? { from } : {}) }));

    expect(await reserve(lines)).toMatchObject({ status, body: { code } });
  });
});
