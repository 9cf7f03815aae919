import { describe, expect, inject, test } from 'vitest';
import {
  bob,
  call,
  createStockedSku,
  expectStatus,
  getOrder,
  getStock,
  type Order,
  placeOrder,
  postOrder,
  postPayment,
  waitForOrderStatus,
  waitUntil,
} from '../support/e2e/e2e.ts';

/** Longest hold for which the tests wait. The default of a stage is ten minutes. */
const HOLD_SECONDS_MAX = 160;
const holdSeconds = inject('holdSeconds');
const expiresSoon = holdSeconds !== undefined && holdSeconds <= HOLD_SECONDS_MAX;

const waitForExpiry = async ({ expiresAt }: Order): Promise<void> => {
  await waitUntil(
    async () => Date.now(),
    (now) => now >= Date.parse(expiresAt),
  );
};

describe.runIf(expiresSoon).concurrent('a hold that expires', () => {
  test('expires at its expiresAt without any code, and another customer gets the units', async () => {
    const sku = await createStockedSku('tea', 3);
    const unpaid = await placeOrder(sku, 3);
    expect(await getStock(sku)).toMatchObject({
      available: 0,
      held: 3,
      holds: [{ expiresAt: unpaid.expiresAt, quantity: 3 }],
    });

    await waitForExpiry(unpaid);
    const stock = await getStock(sku);
    const next = await postOrder([{ sku, quantity: 3 }], bob());

    expect(stock).toMatchObject({ onHand: 3, available: 3, held: 0, holds: [] });
    expect(next.status).toBe(201);
    expect((await getOrder(unpaid.orderId)).status).toBe('EXPIRED');
  });

  test('makes its order unpayable once its stock is gone', async () => {
    const sku = await createStockedSku('tea', 3);
    const unpaid = await placeOrder(sku, 3);
    await waitForExpiry(unpaid);
    expectStatus(201, await postOrder([{ sku, quantity: 1 }], bob()));

    const rejected = await postPayment(unpaid.orderId);

    expect(rejected).toMatchObject({ status: 409, body: { code: 'RESERVATION_EXPIRED' } });
  });

  test('is paid late while its stock is available', async () => {
    const sku = await createStockedSku('tea', 3);
    const unpaid = await placeOrder(sku, 3);
    await waitForExpiry(unpaid);

    expectStatus(202, await postPayment(unpaid.orderId));

    expect(await waitForOrderStatus(unpaid.orderId, 'COMPLETED')).toMatchObject({
      payment: { status: 'CAPTURED' },
    });
    expect(await getStock(sku)).toMatchObject({ available: 0, committed: 3 });
  });

  test('starts no saga and writes no movement until the next reservation', async () => {
    const sku = await createStockedSku('tea', 3);
    await waitForExpiry(await placeOrder(sku, 1));

    const { body } = await call<{ items: { kind: string }[] }>(`GET /stock/${sku}/movements`, {
      token: inject('staffToken'),
    });

    expect(body.items.map(({ kind }) => kind)).toEqual(['RESERVED', 'RECEIVED']);
  });
});
