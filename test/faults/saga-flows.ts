import { ALICE, type Flow, SERVICE, STAFF } from './stage.ts';
import { heldOrder, LINES, MINUTE, paid, path, pay, stockIs } from './steps.ts';

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
      await stage.do('PUT /reservations/next', { by: SERVICE, body: { lines: all, ttlSeconds: 600 } });
    },
  },
];
