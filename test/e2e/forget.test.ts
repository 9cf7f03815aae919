import { expect, inject, test } from 'vitest';
import {
  call,
  customerOf,
  expectStatus,
  type Order,
  ordered,
  stocked,
} from '../support/e2e/e2e.ts';
import { runTool } from '../support/e2e/tool.ts';

const carol = () => inject('carolToken') ?? '';
const ordersOf = async (token: string): Promise<readonly string[]> =>
  expectStatus(
    200,
    await call<{ items: Order[] }>('GET /orders?limit=100', { token }),
  ).body.items.map(({ orderId }) => orderId);

test.skipIf(inject('carolToken') === undefined)(
  'npm run forget takes a customer out of what is over, and says what is not',
  async () => {
    const sku = await stocked('forget', 10);
    const over = await ordered(sku, 1, carol());
    const open = await ordered(sku, 1, carol());
    expectStatus(
      200,
      await call(`POST /orders/${over.orderId}/cancellation`, { token: carol(), body: {} }),
    );

    const first = await runTool('forget', [customerOf(carol())]);

    expect(first.code).toBe(1);
    expect(first.stdout).toContain(`${open.orderId} PENDING_PAYMENT`);
    expect((await call(`GET /orders/${over.orderId}`, { token: carol() })).status).toBe(404);
    expect(await ordersOf(carol())).toEqual([open.orderId]);

    expectStatus(
      200,
      await call(`POST /orders/${open.orderId}/cancellation`, { token: carol(), body: {} }),
    );
    const second = await runTool('forget', [customerOf(carol())]);

    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).toContain('taken out of 1 order\n');
    expect(await ordersOf(carol())).toEqual([]);
    expect((await runTool('forget', [])).code).toBe(2);
  },
);
