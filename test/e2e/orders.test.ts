import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  alice,
  bob,
  call,
  completeOrder,
  createStockedSku,
  expectStatus,
  getOrder,
  getStock,
  newSku,
  type Order,
  placeOrder,
  postOrder,
  postPayment,
  staff,
  waitForOrderStatus,
  waitUntil,
} from '../support/e2e/e2e.ts';

const statusesOf = ({ timeline }: Order) => timeline.map(({ status }) => status);
const postFulfilment = (orderId: string) =>
  call(`POST /orders/${orderId}/fulfilment`, { token: staff() });
const postCancellation = (orderId: string, token = alice()) =>
  call(`POST /orders/${orderId}/cancellation`, { token });

describe('an order from end to end', () => {
  test('is held, paid, confirmed, completed and shipped, and on-hand stock decreases at the end only', async () => {
    const sku = await createStockedSku('tea', 10, 850);

    const placed = expectStatus(201, await postOrder([{ sku, quantity: 2 }])).body;
    const held = await getStock(sku);
    expectStatus(202, await postPayment(placed.orderId));
    const done = await waitForOrderStatus(placed.orderId, 'COMPLETED');
    const committed = await getStock(sku);
    expect(await postFulfilment(placed.orderId)).toMatchObject({
      status: 200,
      body: { status: 'FULFILLED' },
    });
    const shipped = await waitUntil(
      () => getStock(sku),
      (stock) => stock.committed === 0,
    );

    expect(placed).toMatchObject({
      status: 'PENDING_PAYMENT',
      total: { amount: 1700, currency: 'EUR' },
    });
    expect(held).toMatchObject({ onHand: 10, available: 8, held: 2, committed: 0 });
    expect(statusesOf(done)).toEqual(['PENDING_PAYMENT', 'PAYING', 'CONFIRMED', 'COMPLETED']);
    expect(done.payment).toEqual({ status: 'CAPTURED', attempt: 1 });
    expect(committed).toMatchObject({ onHand: 10, available: 8, held: 0, committed: 2 });
    expect(shipped).toMatchObject({ onHand: 8, available: 8, held: 0, committed: 0 });
  });

  test('is placed immediately after the missing units are received', async () => {
    const sku = await createStockedSku('tea', 1);
    const body = { quantity: 2 };

    const short = await postOrder([{ sku, quantity: 2 }]);
    expectStatus(201, await call(`POST /stock/${sku}/receipts`, { token: staff(), body }));
    const placed = await postOrder([{ sku, quantity: 3 }]);

    expect(short).toMatchObject({ status: 409, body: { code: 'INSUFFICIENT_STOCK' } });
    expect(placed.status).toBe(201);
  });

  test('merges two lines of one SKU, and its total is exact', async () => {
    const sku = await createStockedSku('tea', 10, 333);

    const placed = await postOrder([
      { sku, quantity: 2 },
      { sku, quantity: 3 },
    ]);

    expect(placed.body).toMatchObject({
      lines: [{ sku, quantity: 5 }],
      total: { amount: 1665, currency: 'EUR' },
    });
    expect(await getStock(sku)).toMatchObject({ available: 5, held: 5 });
  });

  test('is the same for a repeated key, and another body is rejected', async () => {
    const sku = await createStockedSku('tea', 10);
    const key = randomUUID();
    const send = (quantity: number) =>
      call('POST /orders', { token: alice(), key, body: { lines: [{ sku, quantity }] } });

    const first = await send(2);
    const again = await send(2);
    const other = await send(3);

    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(other).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect(await getStock(sku)).toMatchObject({ available: 8, held: 2 });
  });

  test('is placed once by ten concurrent repeats', async () => {
    const sku = await createStockedSku('tea', 10);
    const key = randomUUID();

    const responses = await Promise.all(
      Array.from({ length: 10 }, () =>
        call<Order>('POST /orders', {
          token: alice(),
          key,
          body: { lines: [{ sku, quantity: 1 }] },
        }),
      ),
    );

    expect(new Set(responses.map(({ status, body }) => `${status} ${body.orderId}`)).size).toBe(1);
    expect(await getStock(sku)).toMatchObject({ available: 9, held: 1 });
  });

  test('is listed, read and cancelled by staff, with a reason that its customer reads', async () => {
    const sku = await createStockedSku('tea', 5);
    const { orderId } = await completeOrder(sku, 2);
    type Listed = {
      readonly items: readonly { readonly orderId: string; readonly customerId: string }[];
    };
    const queued = async () => {
      const { body } = await call<Listed>('GET /staff/orders?queue=toShip&limit=100', {
        token: staff(),
      });
      return body.items.map((one) => one.orderId);
    };

    const listed = await waitUntil(queued, (ids) => ids.includes(orderId) || ids.length === 100);
    const read = await call(`GET /staff/orders/${orderId}`, { token: staff() });
    const asCustomer = await call(`GET /staff/orders/${orderId}`, { token: alice() });
    const cancelled = await call(`POST /staff/orders/${orderId}/cancellation`, {
      token: staff(),
      body: { reason: 'asked on the phone' },
    });
    const done = await waitForOrderStatus(orderId, 'CANCELLED');

    expect(listed.length).toBeGreaterThan(0);
    expect(read).toMatchObject({
      status: 200,
      body: {
        orderId,
        status: 'COMPLETED',
        reservation: { status: 'COMMITTED' },
        payments: [{ attempt: 1, status: 'CAPTURED' }],
      },
    });
    expect(asCustomer.status).toBe(401);
    expect(cancelled).toMatchObject({ status: 202, body: { status: 'CANCELLING' } });
    expect(done.timeline.at(-1)?.reason).toBe('cancelled by staff: asked on the phone');
    expect(await getStock(sku)).toMatchObject({ available: 5, committed: 0 });
  });

  test('returns 404 for a SKU without a product and holds nothing', async () => {
    const sku = await createStockedSku('tea', 10);
    const unknown = newSku('nothing');

    const rejected = await postOrder([
      { sku, quantity: 1 },
      { sku: unknown, quantity: 1 },
    ]);

    expect(rejected).toMatchObject({
      status: 404,
      body: { code: 'UNKNOWN_PRODUCT', skus: [unknown] },
    });
    expect(await getStock(sku)).toMatchObject({ available: 10, held: 0 });
  });

  test('returns 400 for lines in two currencies', async () => {
    const [tea, cup] = [await createStockedSku('tea', 1), await createStockedSku('cup', 1)];
    const unitPrice = { amount: 100, currency: 'JPY' };
    await call(`PUT /products/${cup}`, { token: staff(), body: { name: 'Cup', unitPrice } });

    const rejected = await postOrder([
      { sku: tea, quantity: 1 },
      { sku: cup, quantity: 1 },
    ]);

    expect(rejected).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
  });

  test('is listed to its customer, newest first', async () => {
    const sku = await createStockedSku('tea', 10);
    const first = await placeOrder(sku, 1);
    const second = await placeOrder(sku, 1);

    const { body } = await call<{ items: Order[] }>('GET /orders?limit=100', { token: alice() });

    const listed = body.items.map(({ orderId }) => orderId);
    expect(listed.filter((id) => id === first.orderId || id === second.orderId)).toEqual([
      second.orderId,
      first.orderId,
    ]);
  });
});

/** Number of concurrent buyers. A stage whose functions share a few cores handles fewer in time. */
const BUYERS = Number(process.env.STOCKBOOK_BUYERS ?? 100);

describe('stock under concurrent demand', () => {
  test('is held once per unit by concurrent buyers; the others are out of stock, and none gets a 500', async () => {
    const units = Math.floor(BUYERS * 0.3);
    const sku = await createStockedSku('hot', units);

    // Two customers, because one may not have a hundred holds.
    const responses = await Promise.all(
      Array.from({ length: BUYERS }, (_, buyer) =>
        postOrder([{ sku, quantity: 1 }], buyer % 2 === 0 ? alice() : bob()),
      ),
    );

    const counts = new Map<number, number>();
    for (const { status } of responses) counts.set(status, (counts.get(status) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toEqual({ 201: units, 409: BUYERS - units });
    expect(await getStock(sku)).toMatchObject({ onHand: units, available: 0, held: units });
  });

  test('returns the missing units to the buyer who was too late', async () => {
    const sku = await createStockedSku('last', 1);
    await placeOrder(sku, 1);

    const rejected = await postOrder([{ sku, quantity: 1 }], bob());

    expect(rejected.status).toBe(409);
    expect(rejected.body).toMatchObject({
      code: 'INSUFFICIENT_STOCK',
      shortages: [{ sku, requested: 1, available: 0 }],
    });
  });
});

describe('payment', () => {
  test('keeps the hold after a declined card, and another card pays', async () => {
    const sku = await createStockedSku('tea', 5);
    const { orderId } = await placeOrder(sku, 1);

    await postPayment(orderId, 'pm_declined');
    const declined = await waitUntil(
      () => getOrder(orderId),
      ({ payment }) => payment?.status === 'FAILED',
    );
    expectStatus(202, await postPayment(orderId, 'pm_ok'));
    const done = await waitForOrderStatus(orderId, 'COMPLETED');

    expect(declined.payment).toMatchObject({
      status: 'FAILED',
      attempt: 1,
      lastError: expect.any(String),
    });
    expect(done.payment).toMatchObject({ status: 'CAPTURED', attempt: 2 });
  });

  test('looks up a lost response of the provider, charges once and completes', async () => {
    const sku = await createStockedSku('tea', 5);

    const done = await completeOrder(sku, 1, 'pm_authorize_timeout');

    expect(done.payment).toMatchObject({ status: 'CAPTURED', attempt: 1 });
  });

  test('is compensated when the capture fails, with no payment kept and no stock held', async () => {
    const sku = await createStockedSku('tea', 5);
    const { orderId } = await placeOrder(sku, 2);

    await postPayment(orderId, 'pm_capture_fails');
    const cancelled = await waitForOrderStatus(orderId, 'CANCELLED');

    expect(statusesOf(cancelled)).toEqual([
      'PENDING_PAYMENT',
      'PAYING',
      'CONFIRMED',
      'CANCELLING',
      'CANCELLED',
    ]);
    expect(cancelled.payment).toMatchObject({ status: 'VOIDED' });
    expect(await getStock(sku)).toMatchObject({ onHand: 5, available: 5, held: 0, committed: 0 });
  });

  test('returns the same response to a repeat, and rejects a second payment', async () => {
    const sku = await createStockedSku('tea', 5);
    const { orderId } = await placeOrder(sku, 1);
    const key = randomUUID();
    const send = (more: object = {}) =>
      call(`POST /orders/${orderId}/payment`, {
        token: alice(),
        body: { paymentMethod: 'pm_ok' },
        key,
        ...more,
      });

    const first = await send();
    await waitForOrderStatus(orderId, 'COMPLETED');
    const again = await send();
    const other = await send({ body: { paymentMethod: 'pm_declined' } });
    const second = await postPayment(orderId);

    expect(first).toMatchObject({ status: 202, body: { status: 'PAYING' } });
    expect(again).toMatchObject({ status: 202, body: { status: 'PAYING' } });
    expect(other).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect(second).toMatchObject({
      status: 409,
      body: { code: 'ORDER_NOT_PAYABLE', orderStatus: 'COMPLETED' },
    });
  });
});

describe('cancellation', () => {
  test('releases an unpaid order at once', async () => {
    const sku = await createStockedSku('tea', 5);
    const { orderId } = await placeOrder(sku, 2);

    const response = await postCancellation(orderId);

    expect(response).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
    expect(await getStock(sku)).toMatchObject({ available: 5, held: 0 });
    expect(await postPayment(orderId)).toMatchObject({
      status: 409,
      body: { code: 'ORDER_NOT_PAYABLE' },
    });
  });

  test('refunds and releases a completed order by the saga', async () => {
    const sku = await createStockedSku('tea', 5);
    const { orderId } = await completeOrder(sku, 2);

    const response = await postCancellation(orderId);
    const cancelled = await waitForOrderStatus(orderId, 'CANCELLED');

    expect(response).toMatchObject({ status: 202, body: { status: 'CANCELLING' } });
    expect(cancelled.payment).toMatchObject({ status: 'REFUNDED' });
    expect(await getStock(sku)).toMatchObject({ onHand: 5, available: 5, committed: 0 });
  });

  test('retries a refund that fails twice', async () => {
    const sku = await createStockedSku('tea', 5);
    const { orderId } = await completeOrder(sku, 1, 'pm_refund_fails_2');

    await postCancellation(orderId);
    const cancelled = await waitForOrderStatus(orderId, 'CANCELLED');

    expect(cancelled.payment).toMatchObject({ status: 'REFUNDED' });
  });

  test('rejects a fulfilled order', async () => {
    const sku = await createStockedSku('tea', 5);
    const { orderId } = await completeOrder(sku, 1);
    await postFulfilment(orderId);

    const response = await postCancellation(orderId);

    expect(response).toMatchObject({ status: 409, body: { code: 'ALREADY_FULFILLED' } });
  });

  test('rejects fulfilment before completion, and resumption of an order not flagged for attention', async () => {
    const sku = await createStockedSku('tea', 5);
    const { orderId } = await placeOrder(sku, 1);

    const fulfilment = await postFulfilment(orderId);
    const resumption = await call(`POST /orders/${orderId}/resumption`, { token: staff() });

    expect(fulfilment).toMatchObject({ status: 409, body: { code: 'ORDER_NOT_COMPLETED' } });
    expect(resumption).toMatchObject({ status: 409, body: { code: 'ORDER_NOT_RESUMABLE' } });
  });
});

describe("another customer's order", () => {
  test('returns 404 when read, paid or cancelled', async () => {
    const sku = await createStockedSku('tea', 5);
    const { orderId } = await placeOrder(sku, 1, alice());

    const responses = [
      await call(`GET /orders/${orderId}`, { token: bob() }),
      await postPayment(orderId, 'pm_ok', bob()),
      await postCancellation(orderId, bob()),
    ];

    expect(responses.map(({ status, body }) => `${status} ${body.code}`)).toEqual(
      Array(3).fill('404 NOT_FOUND'),
    );
    expect((await getOrder(orderId)).status).toBe('PENDING_PAYMENT');
  });
});
