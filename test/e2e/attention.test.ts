import { expect, test } from 'vitest';
import { keepsAlerts, waitForAlert } from '../support/e2e/alerts.ts';
import {
  alice,
  call,
  completeOrder,
  createStockedSku,
  getStock,
  staff,
  waitForOrderStatus,
  waitUntil,
} from '../support/e2e/e2e.ts';
import { LOGS_POLL_MILLISECONDS, readLogLines, sumMetric } from '../support/e2e/function-logs.ts';
import { canReachAws } from '../support/infra/aws-access.ts';

// In its own file, because a compensating step is retried for half a minute before its order is
// flagged for attention.
test('a permanently failing refund flags the order for attention, releases its stock and can be resumed', async () => {
  const sku = await createStockedSku('tea', 5);
  const { orderId } = await completeOrder(sku, 1, 'pm_refund_fails');

  await call(`POST /orders/${orderId}/cancellation`, { token: alice() });
  const parked = await waitForOrderStatus(orderId, 'NEEDS_ATTENTION');
  const resumed = await call(`POST /orders/${orderId}/resumption`, { token: staff() });

  expect(parked.timeline.at(-1)?.reason).toContain(
    'the payment was not reversed: the refund failed',
  );
  expect(parked.payment?.status).toBe('CAPTURED');
  expect(await getStock(sku)).toMatchObject({ available: 5, committed: 0 });
  expect(resumed).toMatchObject({ status: 202, body: { status: 'CANCELLING' } });
  // Lines that raise the alarms RefundPending (four attempts) and OrderNeedsAttention.
  if (!canReachAws()) return;
  const reached = (metric: string, count: number) =>
    waitUntil(
      async () => sumMetric(await readLogLines(), metric),
      (value) => value >= count,
      LOGS_POLL_MILLISECONDS,
    );
  expect(await reached('RefundAttemptsFailed', 4)).toBeGreaterThanOrEqual(4);
  // The line is written after the new status can be read.
  expect(await reached('OrderNeedsAttention', 1)).toBeGreaterThanOrEqual(1);
  if (!keepsAlerts()) return;
  expect(await waitForAlert(({ title }) => title === 'AlarmsOrderNeedsAttention')).toMatchObject({
    kind: 'alarm',
    runbook: 'docs/runbook/ORDER_NEEDS_ATTENTION.md',
  });
  expect(await waitForAlert(({ title }) => title === 'AlarmsRefundPending')).toMatchObject({
    runbook: 'docs/runbook/REFUND_PENDING.md',
  });
});
