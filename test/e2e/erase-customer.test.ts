import { expect, inject, test } from 'vitest';
import { runCli } from '../support/e2e/cli.ts';
import {
  call,
  createStockedSku,
  customerOf,
  expectStatus,
  type Order,
  placeOrder,
} from '../support/e2e/e2e.ts';

const carol = () => inject('carolToken') ?? '';
const listOrders = async (token: string): Promise<readonly string[]> =>
  expectStatus(
    200,
    await call<{ items: Order[] }>('GET /orders?limit=100', { token }),
  ).body.items.map(({ orderId }) => orderId);

test.skipIf(inject('carolToken') === undefined)(
  'erases finished orders and lists open ones',
  async () => {
    const sku = await createStockedSku('forget', 10);
    const over = await placeOrder(sku, 1, carol());
    const open = await placeOrder(sku, 1, carol());
    expectStatus(
      200,
      await call(`POST /orders/${over.orderId}/cancellation`, { token: carol(), body: {} }),
    );

    const first = await runCli(['erase-customer', customerOf(carol())]);

    expect(first.code).toBe(1);
    expect(first.stdout).toContain(`${open.orderId} PENDING_PAYMENT`);
    expect((await call(`GET /orders/${over.orderId}`, { token: carol() })).status).toBe(404);
    expect(await listOrders(carol())).toEqual([open.orderId]);

    expectStatus(
      200,
      await call(`POST /orders/${open.orderId}/cancellation`, { token: carol(), body: {} }),
    );
    const second = await runCli(['erase-customer', customerOf(carol())]);

    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).toContain('Erased from 1 order.\n');
    expect(await listOrders(carol())).toEqual([]);
    expect((await runCli(['erase-customer'])).code).toBe(2);
  },
);
