import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { loadFactor } from '../../local/load-factor.ts';
import {
  alice,
  call,
  createStockedSku,
  customerOf,
  expectStatus,
  type Order,
  staff,
  waitForOrderStatus,
  waitUntil,
} from '../support/e2e/e2e.ts';
import { LOGS_POLL_MILLISECONDS, readLogLines, sumMetric } from '../support/e2e/function-logs.ts';
import { canReachAws } from '../support/infra/aws-access.ts';

/** Longest wait for the last log line of an order. */
const LINES_MILLISECONDS_MAX = 30_000;

/** Places an order with the caller's correlation id and pays it by this method. */
async function placePaidOrder(
  sku: string,
  paymentMethod: string,
  correlationId: string,
): Promise<Order> {
  const headers = { 'x-correlation-id': correlationId };
  const { body: order } = expectStatus(
    201,
    await call<Order>('POST /orders', {
      token: alice(),
      body: { lines: [{ sku, quantity: 1 }] },
      headers,
    }),
  );
  expectStatus(
    202,
    await call(`POST /orders/${order.orderId}/payment`, {
      token: alice(),
      body: { paymentMethod },
      headers,
    }),
  );
  return order;
}

describe.runIf(canReachAws())('the logs of the functions', () => {
  test('follow a request by its correlation id through HTTP, the saga and the events of all contexts', async () => {
    const correlationId = `trace-${randomUUID()}`;
    const sku = await createStockedSku('tea', 2);

    const { orderId } = await placePaidOrder(sku, 'pm_ok', correlationId);
    await waitForOrderStatus(orderId, 'COMPLETED');
    const followed = async () =>
      new Set(
        (await readLogLines()).flatMap(({ functionName, line }) =>
          line.correlationId === correlationId ? functionName : [],
        ),
      );

    await expect
      .poll(async () => [...(await followed())].sort(), {
        interval: LOGS_POLL_MILLISECONDS,
        timeout: LINES_MILLISECONDS_MAX * loadFactor(),
      })
      .toEqual([
        'inventory/CommitReservation',
        'inventory/ExtendReservation',
        'inventory/PublishEvents',
        'inventory/ReserveStock',
        'orders/CompleteOrder',
        'orders/ConfirmOrder',
        'orders/PayOrder',
        'orders/PlaceOrder',
        'orders/PublishEvents',
        'orders/RecordStockOutcome',
        'payments/AuthorizePayment',
        'payments/CapturePayment',
        'payments/PublishEvents',
      ]);
  });

  test('contain no token, payment method, customer id or text of a caller', async () => {
    const canary = `canary${randomUUID().replaceAll('-', '')}`;
    const sku = await createStockedSku('tea', 3);
    const { orderId } = await placePaidOrder(sku, `pm_${canary}`, `trace-${randomUUID()}`);
    await call(`POST /stock/${sku}/adjustments`, {
      token: staff(),
      body: { delta: -1, reason: 'other', note: `for ${canary}@shop.example` },
    });
    // The log of a rejection must not contain the rejected value.
    await call('POST /orders', { token: alice(), body: { lines: [{ sku: canary, quantity: 1 }] } });
    await call('POST /orders', {
      token: alice(),
      raw: `{"card": "${canary}"`,
      headers: { 'content-type': 'application/json' },
    });
    await waitUntil(
      async () => (await readLogLines()).some(({ text }) => text.includes(orderId)),
      (found) => found,
      LOGS_POLL_MILLISECONDS,
    );
    await waitForOrderStatus(orderId, 'PENDING_PAYMENT');

    const customer = `"${customerOf(alice())}"`;
    const secrets = [canary, alice(), staff(), 'Bearer ', customer, 'customerId"', 'customerId\\"'];
    const matchingLines = (await readLogLines()).filter(({ text }) =>
      secrets.some((secret) => text.includes(secret)),
    );

    expect(matchingLines).toEqual([]);
  });

  test('contain the metrics of the dashboard: orders by outcome, and holds made, committed and rejected', async () => {
    const sku = await createStockedSku('tea', 1);
    const names = [
      'OrderPlaced',
      'OrderCompleted',
      'StockReserved',
      'StockCommitted',
      'HoldsRejected',
    ];
    const before = await readLogLines();
    const start = names.map((name) => sumMetric(before, name));

    const { orderId } = await placePaidOrder(sku, 'pm_ok', `trace-${randomUUID()}`);
    expectStatus(
      409,
      await call('POST /orders', { token: alice(), body: { lines: [{ sku, quantity: 1 }] } }),
    );
    await waitForOrderStatus(orderId, 'COMPLETED');
    const counted = await waitUntil(
      async () => {
        const lines = await readLogLines();
        return names.map((name, index) => sumMetric(lines, name) - (start[index] ?? 0));
      },
      (more) => more.every((count) => count > 0),
      LOGS_POLL_MILLISECONDS,
    );

    expect(counted).toHaveLength(names.length);
  });
});
