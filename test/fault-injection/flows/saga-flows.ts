import { marshall } from '@aws-sdk/util-dynamodb';
import type { Item } from '../../simulator/dynamodb/values.ts';
import { ALICE, type Flow, type Harness, SERVICE } from './harness.ts';
import {
  cancelOrder,
  expectStock,
  LINES,
  MINUTE,
  orderPath,
  payOrder,
  placeAndPayOrder,
  placeUnpaidOrder,
  resumeOrder,
  startReconciliation,
} from './steps.ts';

/** Refunds the whole payment as the provider's dashboard does, without a message. */
function refundInDashboard(harness: Harness): void {
  const amount = 1_500;
  const refund = { refundId: 're_1', amount, status: 'DONE', origin: 'DASHBOARD' };
  const refundedCount = harness.injectDrift(
    'Provider',
    () => true,
    (item): Item => ({
      ...item,
      ...(marshall({ refunds: [refund], refundedAt: harness.world.time.now }) as Item),
    }),
  );
  if (refundedCount !== 1)
    throw new Error(`The provider has ${refundedCount} payments, must be one.`);
}

/** Flows in which a saga compensates, waits or is resumed. */
export const sagaFlows: readonly Flow[] = [
  {
    name: 'the provider declines a payment',
    prepare: placeUnpaidOrder,
    act: async (harness) => {
      await payOrder(harness, 'pm_declined');
    },
    allowedOrderStatuses: [['PENDING_PAYMENT'], ['CANCELLED']],
  },
  {
    name: 'the response to an authorization is lost',
    prepare: placeUnpaidOrder,
    act: async (harness) => {
      await payOrder(harness, 'pm_authorize_timeout');
    },
    allowedOrderStatuses: [['COMPLETED'], ['CANCELLED']],
  },
  {
    name: 'a capture fails and the order is compensated',
    prepare: placeUnpaidOrder,
    act: async (harness) => {
      await payOrder(harness, 'pm_capture_fails');
    },
    allowedOrderStatuses: [['CANCELLED']],
    check: expectStock('tea', { onHand: 10, available: 10 }),
  },
  {
    name: 'a refund fails twice',
    prepare: placeAndPayOrder('pm_refund_fails_2'),
    act: async (harness) => {
      await cancelOrder(harness);
    },
    allowedOrderStatuses: [['CANCELLED']],
    check: expectStock('tea', { onHand: 10, available: 10 }),
  },
  {
    name: 'a refund fails permanently and staff resume the order',
    prepare: placeAndPayOrder('pm_refund_fails'),
    act: async (harness) => {
      await cancelOrder(harness);
      await harness.world.settle();
      await resumeOrder(harness);
    },
    allowedOrderStatuses: [['NEEDS_ATTENTION']],
    check: expectStock('tea', { onHand: 10, available: 10 }),
  },
  {
    name: 'the customer completes a required action',
    prepare: async (harness) => {
      await placeAndPayOrder('pm_requires_action')(harness);
      await harness.world.time.wait(MINUTE);
    },
    act: async (harness) => {
      const body = { paymentMethod: 'pm_requires_action' };
      await harness.requestOk(`POST ${orderPath(harness)}/payment`, {
        by: ALICE,
        key: 'payment-again',
        body,
      });
    },
    allowedOrderStatuses: [['COMPLETED'], ['CANCELLED']],
  },
  {
    name: 'the customer reads a required action',
    prepare: placeUnpaidOrder,
    act: async (harness) => {
      await payOrder(harness, 'pm_requires_action_abandoned');
      await harness.world.settle();
      await harness.requestOk(`GET ${orderPath(harness)}`, { by: ALICE });
    },
    allowedOrderStatuses: [['PENDING_PAYMENT'], ['CANCELLED']],
  },
  {
    name: 'a reconciliation finds a completed action',
    prepare: async (harness) => {
      await placeAndPayOrder('pm_requires_action')(harness);
      await harness.world.time.wait(MINUTE);
    },
    act: async (harness) => {
      await startReconciliation(harness);
    },
    allowedOrderStatuses: [['COMPLETED'], ['CANCELLED']],
  },
  {
    name: 'a reconciliation voids the payment of an abandoned action',
    prepare: async (harness) => {
      await placeAndPayOrder('pm_requires_action_abandoned')(harness);
      await harness.world.time.wait(70 * MINUTE);
    },
    act: async (harness) => {
      await startReconciliation(harness);
    },
    allowedOrderStatuses: [['PENDING_PAYMENT']],
    check: expectStock('tea', { onHand: 10, available: 10 }),
  },
  {
    name: 'an action is completed after the stock was sold',
    prepare: async (harness) => {
      await placeAndPayOrder('pm_requires_action')(harness);
      await harness.world.time.wait(20 * MINUTE);
      const all = LINES.map(({ sku }) => ({ sku, quantity: 10 }));
      await harness.requestOk('PUT /reservations/next', {
        by: SERVICE,
        body: { lines: all, holdSeconds: 600 },
      });
    },
    act: async (harness) => {
      await startReconciliation(harness);
    },
    allowedOrderStatuses: [['CANCELLED']],
  },
  {
    name: 'a reconciliation finds a refund from the dashboard',
    prepare: async (harness) => {
      await placeAndPayOrder('pm_ok')(harness);
      refundInDashboard(harness);
    },
    act: async (harness) => {
      await startReconciliation(harness);
    },
    allowedOrderStatuses: [['CANCELLED']],
    check: async (harness) => {
      if (harness.orderStatuses()[0] !== 'NEEDS_ATTENTION')
        harness.addViolation(`the order is ${harness.orderStatuses()}`);
      await resumeOrder(harness);
      await harness.world.settle();
      await expectStock('tea', { onHand: 10, available: 10 })(harness);
    },
  },
  {
    name: 'a reconciliation repeats a pending refund that failed',
    prepare: async (harness) => {
      await placeAndPayOrder('pm_refund_pending_fails')(harness);
      await cancelOrder(harness);
      await harness.world.settle();
      await harness.world.time.wait(20 * MINUTE);
    },
    act: async (harness) => {
      await startReconciliation(harness);
    },
    allowedOrderStatuses: [['CANCELLED']],
    check: expectStock('tea', { onHand: 10, available: 10 }),
  },
  {
    name: 'the reservation is missing when the order is confirmed',
    prepare: async (harness) => {
      await placeUnpaidOrder(harness);
      const isReservation = ({ type }: { readonly type?: { readonly S?: string } }) =>
        type?.S === 'reservation';
      harness.injectDrift('Book', isReservation, () => undefined);
    },
    act: async (harness) => {
      await payOrder(harness, 'pm_ok');
    },
    allowedOrderStatuses: [['CANCELLED']],
    // The hold of the lost record expires, and another reservation gets its units.
    check: async (harness) => {
      await harness.world.time.wait(12 * MINUTE);
      const all = LINES.map(({ sku }) => ({ sku, quantity: 10 }));
      await harness.requestOk('PUT /reservations/next', {
        by: SERVICE,
        body: { lines: all, holdSeconds: 600 },
      });
    },
  },
];
