import {
  addToBalance,
  ageOrder,
  deleteItem,
  deleteMovement,
  editItem,
  orderKey,
  paymentKey,
  putIntoQueue,
  putItem,
  reservationKey,
  setOrderStatus,
} from '../../support/drift.ts';
import {
  call,
  createStockedSku,
  getStock,
  placeOrder,
  staff,
  waitUntil,
} from '../../support/e2e/e2e.ts';
import { createOldOrder, type Drift } from './drift.ts';

/** Drift of orders and their sagas, and of dead-letter queues. */
export const ORDER_DRIFTS: readonly Drift[] = [
  {
    name: 'a missing commit',
    inject: async () => {
      const sku = await createStockedSku('never', 6);
      const { orderId } = await placeOrder(sku, 2);
      const total = { amount: 1000, currency: 'EUR' };
      await setOrderStatus(orderId, 'COMPLETED', {
        payment: { status: 'CAPTURED', attempt: 1, paymentMethod: 'pm_ok' },
      });
      const paid = {
        ...paymentKey(orderId),
        type: 'payment',
        orderId,
        attempt: 1,
        status: 'CAPTURED',
        ...total,
        capturedAmount: 1000,
        refundedAmount: 0,
        paymentMethod: 'pm_ok',
        version: 3,
        createdAt: '2026-01-01T00:00:00.000Z',
        updatedAt: '2026-01-01T00:00:00.000Z',
        correlationId: 'by-hand',
      };
      await putItem('payments', paid);
      const explanation = /is COMPLETED, but its reservation is HELD/;
      return [
        {
          subject: `order:${orderId}`,
          kind: 'ORDER_STOCK_NOT_COMMITTED',
          explanation,
          status: 'repaired',
          action: 'commitStock',
        },
      ];
    },
  },
  {
    name: 'an order whose lines are not those of its reservation',
    inject: async () => {
      const sku = await createStockedSku('lines', 6);
      const orderId = await createOldOrder(sku, 2);
      await editItem('orders', orderKey(orderId), ({ lines }) => ({
        lines: (lines as object[]).map((line) => ({ ...line, quantity: 5 })),
      }));
      const explanation = /have different lines/;
      return [
        { subject: `order:${orderId}`, kind: 'ORDER_LINES_DIFFER', explanation, status: 'open' },
      ];
    },
  },
  {
    name: 'a cancelled order that holds stock and keeps money',
    inject: async () => {
      const sku = await createStockedSku('cancelled', 6);
      const orderId = await createOldOrder(sku, 2);
      await setOrderStatus(orderId, 'CANCELLED');
      return [
        {
          subject: `order:${orderId}`,
          kind: 'CANCELLED_ORDER_HOLDS_STOCK',
          explanation: /is cancelled, but its reservation is still COMMITTED/,
          status: 'repaired',
          action: 'releaseStock',
        },
        {
          subject: `payment:${orderId}-1`,
          kind: 'CANCELLED_ORDER_KEEPS_MONEY',
          explanation: /is cancelled, but its payment is CAPTURED: 1000 EUR/,
          status: 'repaired',
          action: 'reversePayment',
        },
      ];
    },
  },
  {
    name: 'a reservation and a payment without their order',
    inject: async () => {
      const sku = await createStockedSku('orderless', 6);
      const orderId = await createOldOrder(sku, 2);
      await deleteItem('orders', orderKey(orderId));
      return [
        {
          subject: `reservation:${orderId}`,
          kind: 'RESERVATION_WITHOUT_ORDER',
          explanation: /has 2 units committed, but there is no such order/,
          status: 'open',
          action: 'releaseStock',
        },
        {
          subject: `payment:${orderId}-1`,
          kind: 'PAYMENT_WITHOUT_ORDER',
          explanation: /is CAPTURED, but there is no order/,
          status: 'open',
          action: 'reversePayment',
        },
      ];
    },
  },
  {
    name: 'a saga that was never started',
    inject: async () => {
      const sku = await createStockedSku('unstarted', 6);
      const { orderId } = await placeOrder(sku, 2);
      await setOrderStatus(orderId, 'PAYING', {
        payment: { status: 'PENDING', attempt: 1, paymentMethod: 'pm_ok' },
        saga: { machine: 'process', name: `${orderId}-1` },
      });
      const explanation = /has been PAYING since .*: its saga was never started/;
      return [
        {
          subject: `order:${orderId}`,
          kind: 'SAGA_STUCK',
          explanation,
          status: 'repaired',
          action: 'resumeOrder',
        },
      ];
    },
  },
  {
    name: 'an order that needed attention for too long',
    inject: async () => {
      const sku = await createStockedSku('parked', 6);
      const orderId = await createOldOrder(sku, 2);
      await setOrderStatus(orderId, 'NEEDS_ATTENTION');
      const explanation = /has needed attention since/;
      return [
        {
          subject: `order:${orderId}`,
          kind: 'ORDER_NEEDS_ATTENTION',
          explanation,
          status: 'repaired',
          action: 'resumeOrder',
        },
      ];
    },
  },
  {
    name: 'a fulfilled order that was not shipped',
    inject: async () => {
      const sku = await createStockedSku('unshipped', 6);
      const orderId = await createOldOrder(sku, 2);
      await call(`POST /orders/${orderId}/fulfilment`, { token: staff(), body: {} });
      await waitUntil(
        () => getStock(sku),
        ({ onHand }) => onHand === 4,
      );
      await ageOrder(orderId);
      await deleteMovement(sku, 'SHIPPED');
      await addToBalance(sku, 'committed', 2);
      await editItem('inventory', reservationKey(orderId), ({ lines }) => ({
        status: 'COMMITTED',
        lines: (lines as readonly { shipped?: number }[]).map(
          ({ shipped: _none, ...line }) => line,
        ),
      }));
      const explanation = /was fulfilled, but inventory still counts its units as committed/;
      return [
        {
          subject: `order:${orderId}`,
          kind: 'ORDER_NOT_SHIPPED',
          explanation,
          status: 'repaired',
          action: 'shipStock',
        },
      ];
    },
  },
  {
    name: 'a message that could not be processed',
    inject: async () => {
      await putIntoQueue('inventory-OrderFulfilledFailed', '{"poison":true}');
      // Other tests may have left messages in this queue.
      const explanation = /Events: \d+ could not be handled and are in .*OrderFulfilled/;
      return [
        {
          subject: 'queue:inventory-OrderFulfilled-Failed',
          kind: 'DEAD_LETTERS',
          explanation,
          status: 'open',
        },
      ];
    },
  },
];
