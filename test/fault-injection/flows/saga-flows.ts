import { marshall } from '@aws-sdk/util-dynamodb';
import type { Item } from '../../simulator/dynamodb/values.ts';
import { ALICE, type Flow, SERVICE, STAFF, type Stage } from './stage.ts';
import { heldOrder, LINES, MINUTE, paid, path, pay, stockIs } from './steps.ts';

/** An operator refunds the whole payment in the provider's dashboard, and its message is lost. */
function refundedByHand(stage: Stage): void {
  const amount = 1_500;
  const refund = { refundId: 're_1', amount, status: 'DONE', origin: 'DASHBOARD' };
  const met = stage.drift(
    'Provider',
    () => true,
    (item): Item => ({
      ...item,
      ...(marshall({ refunds: [refund], refundedAt: stage.world.time.now }) as Item),
    }),
  );
  if (met !== 1) throw new Error(`${met} payments are at the provider`);
}

export const sagaFlows: readonly Flow[] = [
  {
    name: 'a payment declined',
    prepare: heldOrder,
    act: async (stage) => {
      await pay(stage, 'pm_declined');
    },
    ends: [['PENDING_PAYMENT'], ['CANCELLED']],
  },
  {
    name: 'an authorization whose answer is lost',
    prepare: heldOrder,
    act: async (stage) => {
      await pay(stage, 'pm_authorize_timeout');
    },
    ends: [['COMPLETED'], ['CANCELLED']],
  },
  {
    name: 'a capture that fails, and its compensation',
    prepare: heldOrder,
    act: async (stage) => {
      await pay(stage, 'pm_capture_fails');
    },
    ends: [['CANCELLED']],
    check: stockIs('tea', { onHand: 10, available: 10 }),
  },
  {
    name: 'a refund that fails twice',
    prepare: paid('pm_refund_fails_2'),
    act: async (stage) => {
      await stage.do(`POST ${path(stage)}/cancellation`, { by: ALICE, key: 'cancel', body: {} });
    },
    ends: [['CANCELLED']],
    check: stockIs('tea', { onHand: 10, available: 10 }),
  },
  {
    name: 'a refund that fails for good, and a resumption',
    prepare: paid('pm_refund_fails'),
    act: async (stage) => {
      await stage.do(`POST ${path(stage)}/cancellation`, { by: ALICE, key: 'cancel', body: {} });
      await stage.world.settle();
      await stage.do(`POST ${path(stage)}/resumption`, { by: STAFF, key: 'resume', body: {} });
    },
    ends: [['NEEDS_ATTENTION']],
    check: stockIs('tea', { onHand: 10, available: 10 }),
  },
  {
    name: 'a required action, and the customer who comes back',
    prepare: async (stage) => {
      await paid('pm_requires_action')(stage);
      await stage.world.time.wait(MINUTE);
    },
    act: async (stage) => {
      const body = { paymentMethod: 'pm_requires_action' };
      await stage.do(`POST ${path(stage)}/payment`, { by: ALICE, key: 'payment-again', body });
    },
    ends: [['COMPLETED'], ['CANCELLED']],
  },
  {
    name: 'a required action, of which the customer reads',
    prepare: heldOrder,
    act: async (stage) => {
      await pay(stage, 'pm_requires_action_abandoned');
      await stage.world.settle();
      await stage.do(`GET ${path(stage)}`, { by: ALICE });
    },
    ends: [['PENDING_PAYMENT'], ['CANCELLED']],
  },
  {
    name: 'a required action whose completion a reconciliation finds',
    prepare: async (stage) => {
      await paid('pm_requires_action')(stage);
      await stage.world.time.wait(MINUTE);
    },
    act: async (stage) => {
      await stage.ask('POST /reconciliations', { by: STAFF, key: 'run', body: {} });
    },
    ends: [['COMPLETED'], ['CANCELLED']],
  },
  {
    name: 'a required action that the customer abandons, and a reconciliation that voids it',
    prepare: async (stage) => {
      await paid('pm_requires_action_abandoned')(stage);
      await stage.world.time.wait(70 * MINUTE);
    },
    act: async (stage) => {
      await stage.ask('POST /reconciliations', { by: STAFF, key: 'run', body: {} });
    },
    ends: [['PENDING_PAYMENT']],
    check: stockIs('tea', { onHand: 10, available: 10 }),
  },
  {
    name: 'a required action that is completed when the stock is sold',
    prepare: async (stage) => {
      await paid('pm_requires_action')(stage);
      await stage.world.time.wait(20 * MINUTE);
      const all = LINES.map(({ sku }) => ({ sku, quantity: 10 }));
      await stage.do('PUT /reservations/next', {
        by: SERVICE,
        body: { lines: all, holdSeconds: 600 },
      });
    },
    act: async (stage) => {
      await stage.ask('POST /reconciliations', { by: STAFF, key: 'run', body: {} });
    },
    ends: [['CANCELLED']],
  },
  {
    name: 'a refund in the dashboard that a reconciliation finds',
    prepare: async (stage) => {
      await paid('pm_ok')(stage);
      refundedByHand(stage);
    },
    act: async (stage) => {
      await stage.ask('POST /reconciliations', { by: STAFF, key: 'run', body: {} });
    },
    ends: [['CANCELLED']],
    check: async (stage) => {
      if (stage.statuses()[0] !== 'NEEDS_ATTENTION')
        stage.complain(`the order came to ${stage.statuses()}`);
      await stage.do(`POST ${path(stage)}/resumption`, { by: STAFF, key: 'resume', body: {} });
      await stage.world.settle();
      await stockIs('tea', { onHand: 10, available: 10 })(stage);
    },
  },
  {
    name: 'a refund that is pending and fails, and a reconciliation that makes another',
    prepare: async (stage) => {
      await paid('pm_refund_pending_fails')(stage);
      await stage.do(`POST ${path(stage)}/cancellation`, { by: ALICE, key: 'cancel', body: {} });
      await stage.world.settle();
      await stage.world.time.wait(20 * MINUTE);
    },
    act: async (stage) => {
      await stage.ask('POST /reconciliations', { by: STAFF, key: 'run', body: {} });
    },
    ends: [['CANCELLED']],
    check: stockIs('tea', { onHand: 10, available: 10 }),
  },
  {
    name: 'stock that is gone when the order is confirmed',
    prepare: async (stage) => {
      await heldOrder(stage);
      const isReservation = ({ type }: { readonly type?: { readonly S?: string } }) =>
        type?.S === 'reservation';
      stage.drift('Book', isReservation, () => undefined);
    },
    act: async (stage) => {
      await pay(stage, 'pm_ok');
    },
    ends: [['CANCELLED']],
    // What the lost record held lapses by itself, and the next buyer gets it.
    check: async (stage) => {
      await stage.world.time.wait(12 * MINUTE);
      const all = LINES.map(({ sku }) => ({ sku, quantity: 10 }));
      await stage.do('PUT /reservations/next', {
        by: SERVICE,
        body: { lines: all, holdSeconds: 600 },
      });
    },
  },
];
