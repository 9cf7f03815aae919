import { deriveId } from '../../../lambdas/shared/core/fingerprint.ts';
import { CUSTOMER_LIMITS } from '../../simulator/customer-limits.ts';
import { ALICE, type Flow, STAFF } from './harness.ts';
import {
  DAY,
  expectStock,
  LINES,
  MINUTE,
  orderPath,
  payOrder,
  placeAndPayOrder,
  placeOrder,
  placeUnpaidOrder,
  stockBothSkus,
  stockSku,
} from './steps.ts';

export const orderFlows: readonly Flow[] = [
  {
    name: 'a product',
    act: async (harness) => {
      await harness.requestOk('PUT /products/tea', {
        by: STAFF,
        body: { name: 'tea', unitPrice: { amount: 1, currency: 'EUR' } },
      });
      const { items } = await harness.requestOk<{ items: readonly { sku: string }[] }>(
        'GET /staff/products',
        {
          by: STAFF,
        },
      );
      if (items[0]?.sku !== 'tea')
        harness.addViolation(`the products are ${JSON.stringify(items)}`);
    },
  },
  {
    name: 'an order placed',
    prepare: stockBothSkus,
    act: placeOrder,
    allowedOrderStatuses: [['PENDING_PAYMENT']],
    check: expectStock('tea', { onHand: 10, available: 8 }),
  },
  {
    name: 'an order that is short of stock',
    prepare: (harness) => stockSku(harness, 'tea', 1),
    act: async (harness) => {
      const lines = [{ sku: 'tea', quantity: 2 }];
      const ask = () =>
        harness.request('POST /orders', { by: ALICE, key: 'order', body: { lines } });
      // Both claim the same order, and each drops its part of the claim.
      for (const { status } of await Promise.all([ask(), ask()]))
        if (status !== 409) harness.addViolation(`it was answered ${status}`);
    },
    check: expectStock('tea', { onHand: 1, available: 1 }),
  },
  {
    name: 'an order of a customer who seems to hold as much as one may',
    prepare: async (harness) => {
      await stockBothSkus(harness);
      await placeOrder(harness);
      // As many claims as possible, none of which led to an order: a day later they no longer
      // count.
      harness.injectDrift(
        'Orders',
        ({ type }) => type?.S === 'customerHolds',
        (item) => ({
          ...item,
          openHolds: { N: String(CUSTOMER_LIMITS.holdsPerCustomer) },
        }),
      );
      await harness.world.time.wait(DAY);
    },
    act: async (harness) => {
      const lines = [{ sku: 'tea', quantity: 1 }];
      await harness.requestOk('POST /orders', { by: ALICE, key: 'another', body: { lines } });
    },
    allowedOrderStatuses: [['PENDING_PAYMENT', 'PENDING_PAYMENT']],
    check: expectStock('tea', { onHand: 10, available: 9 }),
  },
  {
    name: 'an order paid',
    prepare: placeUnpaidOrder,
    act: async (harness) => {
      await payOrder(harness, 'pm_ok');
    },
    allowedOrderStatuses: [['COMPLETED'], ['CANCELLED']],
  },
  {
    name: 'an order paid when its hold is nearly over',
    prepare: async (harness) => {
      await placeUnpaidOrder(harness);
      await harness.world.time.wait(8 * MINUTE);
    },
    act: async (harness) => {
      await payOrder(harness, 'pm_ok');
    },
    allowedOrderStatuses: [['COMPLETED'], ['CANCELLED']],
  },
  {
    name: 'an order fulfilled',
    prepare: placeAndPayOrder('pm_ok'),
    act: async (harness) => {
      await harness.requestOk(`POST ${orderPath(harness)}/fulfilment`, {
        by: STAFF,
        key: 'ship',
        body: {},
      });
    },
    allowedOrderStatuses: [['FULFILLED']],
    check: expectStock('tea', { onHand: 8, available: 8, committed: 0 }),
  },
  {
    name: 'an unpaid order cancelled',
    prepare: placeUnpaidOrder,
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
    name: 'a completed order cancelled',
    prepare: placeAndPayOrder('pm_ok'),
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
    name: 'what people read of orders',
    prepare: placeUnpaidOrder,
    act: async (harness) => {
      await harness.requestOk(`GET ${orderPath(harness)}`, { by: ALICE });
      await harness.requestOk('GET /orders?limit=1', { by: ALICE });
    },
    allowedOrderStatuses: [['PENDING_PAYMENT']],
  },
  {
    name: 'what staff read of orders',
    prepare: placeAndPayOrder('pm_ok'),
    act: async (harness) => {
      const queue = await harness.requestOk<{ items: { orderId: string }[] }>(
        'GET /staff/orders?queue=toShip&limit=1',
        {
          by: STAFF,
        },
      );
      const listed = queue.items.map(({ orderId }) => orderId);
      if (listed[0] !== harness.savedValues.orderId) harness.addViolation(`to ship are ${listed}`);
      await harness.requestOk('GET /staff/orders?customerId=alice', { by: STAFF });
      const { reservation, payments } = await harness.requestOk<{
        reservation: { status: string } | null;
        payments: readonly { status: string }[];
      }>(`GET /staff${orderPath(harness)}`, { by: STAFF });
      const seen = [reservation?.status, ...payments.map(({ status }) => status)].join();
      if (seen !== 'COMMITTED,CAPTURED') harness.addViolation(`staff see ${seen}`);
    },
    allowedOrderStatuses: [['COMPLETED']],
  },
  {
    name: 'an unpaid order cancelled by staff',
    prepare: placeUnpaidOrder,
    act: async (harness) => {
      const body = { reason: 'asked on the phone' };
      await harness.requestOk(`POST /staff${orderPath(harness)}/cancellation`, {
        by: STAFF,
        key: 'cancel',
        body,
      });
    },
    allowedOrderStatuses: [['CANCELLED']],
    check: expectStock('tea', { onHand: 10, available: 10 }),
  },
  {
    name: 'a customer who is forgotten, with an order that is over and one that is not',
    prepare: async (harness) => {
      await placeAndPayOrder('pm_ok')(harness);
      await harness.requestOk(`POST ${orderPath(harness)}/fulfilment`, {
        by: STAFF,
        key: 'ship',
        body: {},
      });
      await harness.world.settle();
      await harness.requestOk('POST /orders', {
        by: ALICE,
        key: 'another',
        body: { lines: LINES },
      });
    },
    act: async (harness) => {
      await harness.requestOk('POST /customers/alice/erasure', {
        by: STAFF,
        key: 'erase',
        body: {},
      });
      await harness.requestOk('POST /customers/bob/erasure', {
        by: STAFF,
        key: 'nobody',
        body: {},
      });
    },
    allowedOrderStatuses: [['FULFILLED', 'PENDING_PAYMENT']],
    check: async (harness) => {
      const whose = harness.world
        .tableItems('Orders')
        .flatMap(({ type, status, customerId }) =>
          type === 'order' ? [`${status} ${customerId}`] : [],
        );
      if (!whose.includes('PENDING_PAYMENT alice'))
        harness.addViolation(`an open order was taken: ${whose}`);
      if (whose.includes('FULFILLED alice'))
        harness.addViolation(`alice was not forgotten: ${whose}`);
    },
  },
  {
    name: 'a customer who is forgotten as a whole',
    prepare: async (harness) => {
      await placeAndPayOrder('pm_ok')(harness);
      await harness.requestOk(`POST ${orderPath(harness)}/fulfilment`, {
        by: STAFF,
        key: 'ship',
        body: {},
      });
      await harness.world.settle();
    },
    act: async (harness) => {
      await harness.requestOk('POST /customers/alice/erasure', {
        by: STAFF,
        key: 'erase',
        body: {},
      });
    },
    allowedOrderStatuses: [['FULFILLED']],
    check: async (harness) => {
      const traces = [
        'alice',
        deriveId('alice', 'POST /orders', 'order'),
        deriveId('alice', 'POST /orders/{orderId}/payment', 'payment'),
      ];
      const tables = ['Orders', 'Book', 'Payments', 'Provider'];
      const stored = tables.map((table) => JSON.stringify(harness.world.tableItems(table))).join();
      for (const trace of traces)
        if (stored.includes(trace)) harness.addViolation(`the tables still have ${trace}`);
    },
  },
];
