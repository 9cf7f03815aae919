import { idFrom } from '../../../lambdas/shared/core/fingerprint.ts';
import { LIMITS } from '../../simulator/limits.ts';
import { ALICE, type Flow, STAFF } from './stage.ts';
import {
  bothStocked,
  DAY,
  heldOrder,
  LINES,
  MINUTE,
  ordered,
  paid,
  path,
  pay,
  stocked,
  stockIs,
} from './steps.ts';

export const orderFlows: readonly Flow[] = [
  {
    name: 'a product',
    act: async (stage) => {
      await stage.do('PUT /products/tea', {
        by: STAFF,
        body: { name: 'tea', unitPrice: { amount: 1, currency: 'EUR' } },
      });
      const { items } = await stage.do<{ items: readonly { sku: string }[] }>(
        'GET /staff/products',
        {
          by: STAFF,
        },
      );
      if (items[0]?.sku !== 'tea') stage.complain(`the products are ${JSON.stringify(items)}`);
    },
  },
  {
    name: 'an order placed',
    prepare: bothStocked,
    act: ordered,
    ends: [['PENDING_PAYMENT']],
    check: stockIs('tea', { onHand: 10, available: 8 }),
  },
  {
    name: 'an order that is short of stock',
    prepare: (stage) => stocked(stage, 'tea', 1),
    act: async (stage) => {
      const lines = [{ sku: 'tea', quantity: 2 }];
      const ask = () => stage.ask('POST /orders', { by: ALICE, key: 'order', body: { lines } });
      // Both claim the same order, and each drops its part of the claim.
      for (const { status } of await Promise.all([ask(), ask()]))
        if (status !== 409) stage.complain(`it was answered ${status}`);
    },
    check: stockIs('tea', { onHand: 1, available: 1 }),
  },
  {
    name: 'an order of a customer who seems to hold as much as one may',
    prepare: async (stage) => {
      await bothStocked(stage);
      await ordered(stage);
      // As many as may be, of which none was ever written: a day later they count no longer.
      stage.drift(
        'Orders',
        ({ type }) => type?.S === 'customerHolds',
        (item) => ({
          ...item,
          openHolds: { N: String(LIMITS.holdsPerCustomer) },
        }),
      );
      await stage.world.time.wait(DAY);
    },
    act: async (stage) => {
      const lines = [{ sku: 'tea', quantity: 1 }];
      await stage.do('POST /orders', { by: ALICE, key: 'another', body: { lines } });
    },
    ends: [['PENDING_PAYMENT', 'PENDING_PAYMENT']],
    check: stockIs('tea', { onHand: 10, available: 9 }),
  },
  {
    name: 'an order paid',
    prepare: heldOrder,
    act: async (stage) => {
      await pay(stage, 'pm_ok');
    },
    ends: [['COMPLETED'], ['CANCELLED']],
  },
  {
    name: 'an order paid when its hold is nearly over',
    prepare: async (stage) => {
      await heldOrder(stage);
      await stage.world.time.wait(8 * MINUTE);
    },
    act: async (stage) => {
      await pay(stage, 'pm_ok');
    },
    ends: [['COMPLETED'], ['CANCELLED']],
  },
  {
    name: 'an order fulfilled',
    prepare: paid('pm_ok'),
    act: async (stage) => {
      await stage.do(`POST ${path(stage)}/fulfilment`, { by: STAFF, key: 'ship', body: {} });
    },
    ends: [['FULFILLED']],
    check: stockIs('tea', { onHand: 8, available: 8, committed: 0 }),
  },
  {
    name: 'an unpaid order cancelled',
    prepare: heldOrder,
    act: async (stage) => {
      await stage.do(`POST ${path(stage)}/cancellation`, { by: ALICE, key: 'cancel', body: {} });
    },
    ends: [['CANCELLED']],
    check: stockIs('tea', { onHand: 10, available: 10 }),
  },
  {
    name: 'a completed order cancelled',
    prepare: paid('pm_ok'),
    act: async (stage) => {
      await stage.do(`POST ${path(stage)}/cancellation`, { by: ALICE, key: 'cancel', body: {} });
    },
    ends: [['CANCELLED']],
    check: stockIs('tea', { onHand: 10, available: 10 }),
  },
  {
    name: 'what people read of orders',
    prepare: heldOrder,
    act: async (stage) => {
      await stage.do(`GET ${path(stage)}`, { by: ALICE });
      await stage.do('GET /orders?limit=1', { by: ALICE });
    },
    ends: [['PENDING_PAYMENT']],
  },
  {
    name: 'what staff read of orders',
    prepare: paid('pm_ok'),
    act: async (stage) => {
      const queue = await stage.do<{ items: { orderId: string }[] }>(
        'GET /staff/orders?queue=toShip&limit=1',
        {
          by: STAFF,
        },
      );
      const listed = queue.items.map(({ orderId }) => orderId);
      if (listed[0] !== stage.noted.orderId) stage.complain(`to ship are ${listed}`);
      await stage.do('GET /staff/orders?customerId=alice', { by: STAFF });
      const { reservation, payments } = await stage.do<{
        reservation: { status: string } | null;
        payments: readonly { status: string }[];
      }>(`GET /staff${path(stage)}`, { by: STAFF });
      const seen = [reservation?.status, ...payments.map(({ status }) => status)].join();
      if (seen !== 'COMMITTED,CAPTURED') stage.complain(`staff see ${seen}`);
    },
    ends: [['COMPLETED']],
  },
  {
    name: 'an unpaid order cancelled by staff',
    prepare: heldOrder,
    act: async (stage) => {
      const body = { reason: 'asked on the phone' };
      await stage.do(`POST /staff${path(stage)}/cancellation`, { by: STAFF, key: 'cancel', body });
    },
    ends: [['CANCELLED']],
    check: stockIs('tea', { onHand: 10, available: 10 }),
  },
  {
    name: 'a customer who is forgotten, with an order that is over and one that is not',
    prepare: async (stage) => {
      await paid('pm_ok')(stage);
      await stage.do(`POST ${path(stage)}/fulfilment`, { by: STAFF, key: 'ship', body: {} });
      await stage.world.settle();
      await stage.do('POST /orders', { by: ALICE, key: 'another', body: { lines: LINES } });
    },
    act: async (stage) => {
      await stage.do('POST /customers/alice/erasure', { by: STAFF, key: 'erase', body: {} });
      await stage.do('POST /customers/bob/erasure', { by: STAFF, key: 'nobody', body: {} });
    },
    ends: [['FULFILLED', 'PENDING_PAYMENT']],
    check: async (stage) => {
      const whose = stage.world
        .tableItems('Orders')
        .flatMap(({ type, status, customerId }) =>
          type === 'order' ? [`${status} ${customerId}`] : [],
        );
      if (!whose.includes('PENDING_PAYMENT alice'))
        stage.complain(`an open order was taken: ${whose}`);
      if (whose.includes('FULFILLED alice')) stage.complain(`alice was not forgotten: ${whose}`);
    },
  },
  {
    name: 'a customer who is forgotten as a whole',
    prepare: async (stage) => {
      await paid('pm_ok')(stage);
      await stage.do(`POST ${path(stage)}/fulfilment`, { by: STAFF, key: 'ship', body: {} });
      await stage.world.settle();
    },
    act: async (stage) => {
      await stage.do('POST /customers/alice/erasure', { by: STAFF, key: 'erase', body: {} });
    },
    ends: [['FULFILLED']],
    check: async (stage) => {
      const traces = [
        'alice',
        idFrom('alice', 'POST /orders', 'order'),
        idFrom('alice', 'POST /orders/{orderId}/payment', 'payment'),
      ];
      const tables = ['Orders', 'Book', 'Payments', 'Provider'];
      const stored = tables.map((table) => JSON.stringify(stage.world.tableItems(table))).join();
      for (const trace of traces)
        if (stored.includes(trace)) stage.complain(`the tables still have ${trace}`);
    },
  },
];
