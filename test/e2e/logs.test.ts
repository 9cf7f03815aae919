import { randomUUID } from 'node:crypto';
import { describe, expect, inject, test } from 'vitest';
import { loadFactor } from '../../local/load-factor.ts';
import { alice, call, expectStatus, type Order, staff, stocked, until, untilStatus } from '../support/e2e.ts';
import { linesIn, metricIn } from '../support/logs.ts';

/** Until the last of an order's functions has written its line. */
const LINES_MILLISECONDS_MAX = 30_000;

const local = inject('localEndpoints');
const lines = () => linesIn(local?.logs ?? '');

/** An order with a correlation id of the caller's own, paid by this method. */
async function paid(sku: string, paymentMethod: string, correlationId: string): Promise<Order> {
  const headers = { 'x-correlation-id': correlationId };
  const { body: order } = expectStatus(
    201,
    await call<Order>('POST /orders', { token: alice(), body: { lines: [{ sku, quantity: 1 }] }, headers }),
  );
  expectStatus(
    202,
    await call(`POST /orders/${order.orderId}/payment`, { token: alice(), body: { paymentMethod }, headers }),
  );
  return order;
}

describe.runIf(local !== undefined)('the logs of the functions', () => {
  test('follow a request by its correlation id through HTTP, the saga and the events of all contexts', async () => {
    const correlationId = `trace-${randomUUID()}`;
    const sku = await stocked('tea', 2);

    const { orderId } = await paid(sku, 'pm_ok', correlationId);
    await untilStatus(orderId, 'COMPLETED');
    const followed = () =>
      new Set(lines().flatMap(({ of, line }) => (line.correlationId === correlationId ? of : [])));

    await expect
      .poll(() => [...followed()].sort(), { timeout: LINES_MILLISECONDS_MAX * loadFactor() })
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
        'orders/RecordStockAnswer',
        'payments/AuthorizePayment',
        'payments/CapturePayment',
        'payments/PublishEvents',
      ]);
  });

  test('have no token, no payment method, no customer and no words of a caller: planted ones are not found', async () => {
    const canary = `canary${randomUUID().replaceAll('-', '')}`;
    const sku = await stocked('tea', 3);
    const { orderId } = await paid(sku, `pm_${canary}`, `trace-${randomUUID()}`);
    await call(`POST /stock/${sku}/adjustments`, {
      token: staff(),
      body: { delta: -1, reason: 'other', note: `for ${canary}@shop.example` },
    });
    // A refusal tells of what it refuses; its log must not.
    await call('POST /orders', { token: alice(), body: { lines: [{ sku: canary, quantity: 1 }] } });
    await call('POST /orders', {
      token: alice(),
      raw: `{"card": "${canary}"`,
      headers: { 'content-type': 'application/json' },
    });
    await until(
      async () => lines().some(({ text }) => text.includes(orderId)),
      (found) => found,
    );
    await untilStatus(orderId, 'PENDING_PAYMENT');

    const told = lines().filter(({ text }) =>
      [canary, alice(), staff(), 'Bearer ', '"alice"', 'customerId"', 'customerId\\"'].some((secret) =>
        text.includes(secret),
      ),
    );

    expect(told).toEqual([]);
  });

  test('count what the dashboard shows: orders by outcome, holds made and committed, holds refused', async () => {
    const sku = await stocked('tea', 1);
    const names = ['OrderPlaced', 'OrderCompleted', 'StockReserved', 'StockCommitted', 'HoldsRefused'];
    const start = names.map((name) => metricIn(lines(), name));

    const { orderId } = await paid(sku, 'pm_ok', `trace-${randomUUID()}`);
    expectStatus(
      409,
      await call('POST /orders', { token: alice(), body: { lines: [{ sku, quantity: 1 }] } }),
    );
    await untilStatus(orderId, 'COMPLETED');
    const counted = await until(
      async () => names.map((name, index) => metricIn(lines(), name) - (start[index] ?? 0)),
      (more) => more.every((count) => count > 0),
    );

    expect(counted).toHaveLength(names.length);
  });
});
