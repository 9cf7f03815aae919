import { CUSTOMER_LIMITS } from '../../simulator/customer-limits.ts';
import { ALICE, type Flow, STAFF } from './harness.ts';
import {
  cancelOrder,
  DAY,
  expectStock,
  MINUTE,
  orderPath,
  payOrder,
  placeAndPayOrder,
  placeOrder,
  placeUnpaidOrder,
  shipOrder,
  stockAt,
  stockBothSkus,
  stockSku,
} from './steps.ts';

type PlacedOrder = {
  readonly orderId: string;
  readonly lines: readonly {
    readonly allocations: readonly { readonly locationId: string; readonly quantity: number }[];
  }[];
};

/** Flows of orders without a failing payment. */
export const orderFlows: readonly Flow[] = [
  {
    name: 'staff create a product and list it',
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
        harness.addViolation(`the list of products is ${JSON.stringify(items)}`);
    },
  },
  {
    name: 'a customer places an order',
    prepare: stockBothSkus,
    act: placeOrder,
    allowedOrderStatuses: [['PENDING_PAYMENT']],
    check: expectStock('tea', { onHand: 10, available: 8 }),
  },
  {
    name: 'two concurrent requests order more than is in stock',
    prepare: (harness) => stockSku(harness, 'tea', 1),
    act: async (harness) => {
      const lines = [{ sku: 'tea', quantity: 2 }];
      const place = () =>
        harness.request('POST /orders', { by: ALICE, key: 'order', body: { lines } });
      // Both claim the same order, and each drops its part of the claim.
      for (const { status } of await Promise.all([place(), place()]))
        if (status !== 409) harness.addViolation(`the order returned ${status}, not 409`);
    },
    check: expectStock('tea', { onHand: 1, available: 1 }),
  },
  {
    name: 'a customer at the hold limit orders after all claims have expired',
    prepare: async (harness) => {
      await stockBothSkus(harness);
      await placeOrder(harness);
      // Claims up to the limit, none of which led to an order. A day later they no longer count.
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
    name: 'a customer pays an order',
    prepare: placeUnpaidOrder,
    act: async (harness) => {
      await payOrder(harness, 'pm_ok');
    },
    allowedOrderStatuses: [['COMPLETED'], ['CANCELLED']],
  },
  {
    name: 'a customer pays just before the hold expires',
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
    name: 'an order of two locations is paid and shipped',
    prepare: async (harness) => {
      await stockBothSkus(harness);
      await stockAt(harness, 'tea', 'annex', 5);
    },
    act: async (harness) => {
      const placed = await harness.requestOk<PlacedOrder>('POST /orders', {
        by: ALICE,
        key: 'order',
        body: { lines: [{ sku: 'tea', quantity: 12 }] },
      });
      harness.savedValues.orderId = placed.orderId;
      const [line] = placed.lines;
      const taken = line?.allocations.map((one) => `${one.quantity} ${one.locationId}`);
      if (taken?.join() !== '10 main,2 annex')
        harness.addViolation(`the order takes its units from ${taken}`);
      await payOrder(harness, 'pm_ok');
      await harness.world.settle();
      const { status } = await harness.requestOk<{ status: string }>(`GET ${orderPath(harness)}`, {
        by: ALICE,
      });
      if (status === 'COMPLETED') await shipOrder(harness);
    },
    allowedOrderStatuses: [['FULFILLED'], ['CANCELLED']],
  },
  {
    name: 'a customer orders for pickup',
    prepare: async (harness) => {
      await stockBothSkus(harness);
      await harness.requestOk('PUT /locations/shop', {
        by: STAFF,
        body: { name: 'Shop', kind: 'store', ships: false, pickup: true },
      });
      await stockAt(harness, 'tea', 'shop', 5);
    },
    act: async (harness) => {
      const order = (key: string, locationId: string) =>
        harness.request('POST /orders', {
          by: ALICE,
          key,
          body: {
            lines: [{ sku: 'tea', quantity: 3 }],
            delivery: { kind: 'pickup', locationId },
          },
        });
      const { status } = await order('elsewhere', 'main');
      if (status !== 422) harness.addViolation(`an order for pickup at main returned ${status}`);
      const placed = await order('order', 'shop');
      if (placed.status !== 201)
        harness.addViolation(`an order for pickup at the shop returned ${placed.status}`);
    },
    allowedOrderStatuses: [['PENDING_PAYMENT']],
    check: expectStock('tea', { onHand: 15, available: 12 }),
  },
  {
    name: 'staff ship an order',
    prepare: placeAndPayOrder('pm_ok'),
    act: async (harness) => {
      await shipOrder(harness);
    },
    allowedOrderStatuses: [['FULFILLED']],
    check: expectStock('tea', { onHand: 8, available: 8, committed: 0 }),
  },
  {
    name: 'a customer cancels an unpaid order',
    prepare: placeUnpaidOrder,
    act: async (harness) => {
      await cancelOrder(harness);
    },
    allowedOrderStatuses: [['CANCELLED']],
    check: expectStock('tea', { onHand: 10, available: 10 }),
  },
  {
    name: 'a customer cancels a completed order',
    prepare: placeAndPayOrder('pm_ok'),
    act: async (harness) => {
      await cancelOrder(harness);
    },
    allowedOrderStatuses: [['CANCELLED']],
    check: expectStock('tea', { onHand: 10, available: 10 }),
  },
  {
    name: 'a customer reads orders',
    prepare: placeUnpaidOrder,
    act: async (harness) => {
      await harness.requestOk(`GET ${orderPath(harness)}`, { by: ALICE });
      await harness.requestOk('GET /orders?limit=1', { by: ALICE });
    },
    allowedOrderStatuses: [['PENDING_PAYMENT']],
  },
  {
    name: 'staff read orders',
    prepare: placeAndPayOrder('pm_ok'),
    act: async (harness) => {
      const queue = await harness.requestOk<{ items: { orderId: string }[] }>(
        'GET /staff/orders?queue=toShip&limit=1',
        {
          by: STAFF,
        },
      );
      const listed = queue.items.map(({ orderId }) => orderId);
      if (listed[0] !== harness.savedValues.orderId)
        harness.addViolation(`the queue of orders to ship contains ${listed}`);
      await harness.requestOk('GET /staff/orders?customerId=alice', { by: STAFF });
      const { reservation, payments } = await harness.requestOk<{
        reservation: { status: string } | null;
        payments: readonly { status: string }[];
      }>(`GET /staff${orderPath(harness)}`, { by: STAFF });
      const statuses = [reservation?.status, ...payments.map(({ status }) => status)].join();
      if (statuses !== 'COMMITTED,CAPTURED')
        harness.addViolation(`the reservation and the payment are ${statuses}`);
    },
    allowedOrderStatuses: [['COMPLETED']],
  },
  {
    name: 'staff cancel an unpaid order',
    prepare: placeUnpaidOrder,
    act: async (harness) => {
      const body = { reason: 'cancelled by phone' };
      await harness.requestOk(`POST /staff${orderPath(harness)}/cancellation`, {
        by: STAFF,
        key: 'cancel',
        body,
      });
    },
    allowedOrderStatuses: [['CANCELLED']],
    check: expectStock('tea', { onHand: 10, available: 10 }),
  },
];
