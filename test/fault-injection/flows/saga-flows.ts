import { marshall } from '@aws-sdk/util-dynamodb';
import type { Item } from '../../simulator/dynamodb/values.ts';
import { ALICE, type Flow, type Harness, SERVICE, STAFF } from './harness.ts';
import {
  expectStock,
  LINES,
  MINUTE,
  orderPath,
  payOrder,
  placeAndPayOrder,
  placeUnpaidOrder,
} from './steps.ts';

/** Refunds the whole payment in the provider's dashboard, and loses its message. */
function refundInDashboard(harness: Harness): void {
  const amount = 1_500;
  const refund = { refundId: 're_1', amount, status: 'DONE', origin: 'DASHBOARD' };
  const met = harness.injectDrift(
    'Provider',
    () => true,
    (item): Item => ({
      ...item,
      ...(marshall({ refunds: [refund], refundedAt: harness.world.time.now }) as Item),
    }),
  );
  if (met !== 1) throw new Error(`${met} payments are at the provider`);
}

export const sagaFlows: readonly Flow[] = [
  {
    name: 'a payment declined',
    prepare: placeUnpaidOrder,
    act: async (harness) => {
      await payOrder(harness, 'pm_declined');
    },
    allowedOrderStatuses: [['PENDING_PAYMENT'], ['CANCELLED']],
  },
  {
    name: 'an authorization whose answer is lost',
    prepare: placeUnpaidOrder,
    act: async (harness) => {
      await payOrder(harness, 'pm_authorize_timeout');
    },
    allowedOrderStatuses: [['COMPLETED'], ['CANCELLED']],
  },
  {
    name: 'a capture that fails, and its compensation',
    prepare: placeUnpaidOrder,
    act: async (harness) => {
      await payOrder(harness, 'pm_capture_fails');
    },
    allowedOrderStatuses: [['CANCELLED']],
    check: expectStock('tea', { onHand: 10, available: 10 }),
  },
  {
    name: 'a refund that fails twice',
    prepare: placeAndPayOrder('pm_refund_fails_2'),
    act: async (harness) => {
      await harness.requestOk(`POST ${orderPath(harness)}/cancellation`, {
        by: ALICE,
        key: 'cancel',
        body: {},
      });
    },
    allowedOrderStatuses: [['CANCELLED']],
    check: expectStock('tea', { onHand: 10, available: 10 }),
  },
  {
    name: 'a refund that fails for good, and a resumption',
    prepare: placeAndPayOrder('pm_refund_fails'),
    act: async (harness) => {
      await harness.requestOk(`POST ${orderPath(harness)}/cancellation`, {
        by: ALICE,
        key: 'cancel',
        body: {},
      });
      await harness.world.settle();
      await harness.requestOk(`POST ${orderPath(harness)}/resumption`, {
        by: STAFF,
        key: 'resume',
        body: {},
      });
    },
    allowedOrderStatuses: [['NEEDS_ATTENTION']],
    check: expectStock('tea', { onHand: 10, available: 10 }),
  },
  {
    name: 'a required action, and the customer who comes back',
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
    name: 'a required action, of which the customer reads',
    prepare: placeUnpaidOrder,
    act: async (harness) => {
      await payOrder(harness, 'pm_requires_action_abandoned');
      await harness.world.settle();
      await harness.requestOk(`GET ${orderPath(harness)}`, { by: ALICE });
    },
    allowedOrderStatuses: [['PENDING_PAYMENT'], ['CANCELLED']],
  },
  {
    name: 'a required action whose completion a reconciliation finds',
    prepare: async (harness) => {
      await placeAndPayOrder('pm_requires_action')(harness);
      await harness.world.time.wait(MINUTE);
    },
    act: async (harness) => {
      await harness.request('POST /reconciliations', { by: STAFF, key: 'run', body: {} });
    },
    allowedOrderStatuses: [['COMPLETED'], ['CANCELLED']],
  },
  {
    name: 'a required action that the customer abandons, and a reconciliation that voids it',
    prepare: async (harness) => {
      await placeAndPayOrder('pm_requires_action_abandoned')(harness);
      await harness.world.time.wait(70 * MINUTE);
    },
    act: async (harness) => {
      await harness.request('POST /reconciliations', { by: STAFF, key: 'run', body: {} });
    },
    allowedOrderStatuses: [['PENDING_PAYMENT']],
    check: expectStock('tea', { onHand: 10, available: 10 }),
  },
  {
    name: 'a required action that is completed when the stock is sold',
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
      await harness.request('POST /reconciliations', { by: STAFF, key: 'run', body: {} });
    },
    allowedOrderStatuses: [['CANCELLED']],
  },
  {
    name: 'a refund in the dashboard that a reconciliation finds',
    prepare: async (harness) => {
      await placeAndPayOrder('pm_ok')(harness);
      refundInDashboard(harness);
    },
    act: async (harness) => {
      await harness.request('POST /reconciliations', { by: STAFF, key: 'run', body: {} });
    },
    allowedOrderStatuses: [['CANCELLED']],
    check: async (harness) => {
      if (harness.orderStatuses()[0] !== 'NEEDS_ATTENTION')
        harness.addViolation(`the order came to ${harness.orderStatuses()}`);
      await harness.requestOk(`POST ${orderPath(harness)}/resumption`, {
        by: STAFF,
        key: 'resume',
        body: {},
      });
      await harness.world.settle();
      await expectStock('tea', { onHand: 10, available: 10 })(harness);
    },
  },
  {
    name: 'a refund that is pending and fails, and a reconciliation that makes another',
    prepare: async (harness) => {
      await placeAndPayOrder('pm_refund_pending_fails')(harness);
      await harness.requestOk(`POST ${orderPath(harness)}/cancellation`, {
        by: ALICE,
        key: 'cancel',
        body: {},
      });
      await harness.world.settle();
      await harness.world.time.wait(20 * MINUTE);
    },
    act: async (harness) => {
      await harness.request('POST /reconciliations', { by: STAFF, key: 'run', body: {} });
    },
    allowedOrderStatuses: [['CANCELLED']],
    check: expectStock('tea', { onHand: 10, available: 10 }),
  },
  {
    name: 'stock that is gone when the order is confirmed',
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
    // The hold of the lost record expires, and the next buyer gets its units.
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
