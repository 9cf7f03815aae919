import { describe, expect, inject, test } from 'vitest';
import {
  bob,
  call,
  expectStatus,
  type Order,
  order,
  ordered,
  orderOf,
  pay,
  stocked,
  stockOf,
  until,
  untilStatus,
} from '../support/e2e/e2e.ts';

/** A test waits until a hold expires. The default of a stage, ten minutes, is longer than a test may take. */
const HOLD_SECONDS_MAX = 40;
const holdSeconds = inject('holdSeconds');
const expiresSoon = holdSeconds !== undefined && holdSeconds <= HOLD_SECONDS_MAX;

const lapsed = async ({ expiresAt }: Order): Promise<void> => {
  await until(
    async () => Date.now(),
    (now) => now >= Date.parse(expiresAt),
  );
};

describe.runIf(expiresSoon).concurrent('a hold that lapses', () => {
  test('no longer counts at its expiresAt, though nothing ran, and the next buyer gets the units', async () => {
    const sku = await stocked('tea', 3);
    const unpaid = await ordered(sku, 3);
    expect(await stockOf(sku)).toMatchObject({
      available: 0,
      held: 3,
      holds: [{ expiresAt: unpaid.expiresAt, quantity: 3 }],
    });

    await lapsed(unpaid);
    const stock = await stockOf(sku);
    const next = await order([{ sku, quantity: 3 }], bob());

    expect(stock).toMatchObject({ onHand: 3, available: 3, held: 0, holds: [] });
    expect(next.status).toBe(201);
    expect((await orderOf(unpaid.orderId)).status).toBe('EXPIRED');
  });

  test('an order past its time is refused payment once its stock is gone', async () => {
    const sku = await stocked('tea', 3);
    const unpaid = await ordered(sku, 3);
    await lapsed(unpaid);
    expectStatus(201, await order([{ sku, quantity: 1 }], bob()));

    const refused = await pay(unpaid.orderId);

    expect(refused).toMatchObject({ status: 409, body: { code: 'RESERVATION_EXPIRED' } });
  });

  test('an order past its time is paid while its stock is there', async () => {
    const sku = await stocked('tea', 3);
    const unpaid = await ordered(sku, 3);
    await lapsed(unpaid);

    expectStatus(202, await pay(unpaid.orderId));

    expect(await untilStatus(unpaid.orderId, 'COMPLETED')).toMatchObject({
      payment: { status: 'CAPTURED' },
    });
    expect(await stockOf(sku)).toMatchObject({ available: 0, committed: 3 });
  });

  test('an order that lapses starts no saga and leaves no movement until somebody reserves', async () => {
    const sku = await stocked('tea', 3);
    await lapsed(await ordered(sku, 1));

    const { body } = await call<{ items: { kind: string }[] }>(`GET /stock/${sku}/movements`, {
      token: inject('staffToken'),
    });

    expect(body.items.map(({ kind }) => kind)).toEqual(['RESERVED', 'RECEIVED']);
  });
});
