import {
  agePayment,
  authorizationKey,
  editItem,
  reservationKey,
  setOrderStatus,
} from '../../support/drift.ts';
import { createStockedSku } from '../../support/e2e/e2e.ts';
import { createOldOrder, type Drift } from './drift.ts';

/** Drift of captures and refunds. */
export const PAYMENT_DRIFTS: readonly Drift[] = [
  {
    name: 'a completed order without a capture',
    inject: async () => {
      const sku = await createStockedSku('uncaptured', 6);
      const orderId = await createOldOrder(sku, 2);
      await agePayment(orderId, { status: 'AUTHORIZED', capturedAmount: 0 });
      await editItem('provider', authorizationKey(orderId), { status: 'authorized' });
      const explanation = /its payment is AUTHORIZED: no money was captured for it/;
      return [
        {
          subject: `order:${orderId}`,
          kind: 'CAPTURE_MISSING',
          explanation,
          status: 'repaired',
          action: 'capturePayment',
        },
      ];
    },
  },
  {
    name: 'a capture of another amount',
    inject: async () => {
      const sku = await createStockedSku('amount', 6);
      const orderId = await createOldOrder(sku, 2);
      await agePayment(orderId, { capturedAmount: 700 });
      const explanation = /with a total of 1000 EUR, but 700 EUR were captured/;
      return [
        { subject: `order:${orderId}`, kind: 'CAPTURE_DIFFERS', explanation, status: 'open' },
      ];
    },
  },
  {
    name: 'a refund of more than was captured',
    inject: async () => {
      const sku = await createStockedSku('refund', 6);
      const orderId = await createOldOrder(sku, 2);
      await setOrderStatus(orderId, 'CANCELLED');
      await editItem('inventory', reservationKey(orderId), { status: 'COMMITTED' });
      await agePayment(orderId, { status: 'REFUNDED', refundedAmount: 1200 });
      return [
        {
          subject: `payment:${orderId}-1`,
          kind: 'REFUND_EXCEEDS_CAPTURE',
          explanation: /\(1200 EUR\) than was captured \(1000\)/,
          status: 'open',
        },
        {
          subject: `order:${orderId}`,
          kind: 'CANCELLED_ORDER_HOLDS_STOCK',
          explanation: /COMMITTED/,
          status: 'repaired',
        },
      ];
    },
  },
  {
    name: 'a refund that failed after it completed',
    inject: async () => {
      const sku = await createStockedSku('refundfailed', 6);
      const orderId = await createOldOrder(sku, 2);
      const refund = {
        refundId: 'r1',
        amount: 1000,
        status: 'FAILED',
        failureCode: 'expired_card',
      };
      await setOrderStatus(orderId, 'CANCELLED');
      await editItem('provider', authorizationKey(orderId), { refunds: [refund] });
      await agePayment(orderId, { refunds: [refund] });
      return [
        {
          subject: `payment:${orderId}-1`,
          kind: 'REFUND_FAILED',
          explanation: /the refund r1 of its payment failed \(expired_card\).*owed 1000 EUR/,
          status: 'repaired',
          action: 'reversePayment',
        },
        {
          subject: `order:${orderId}`,
          kind: 'CANCELLED_ORDER_HOLDS_STOCK',
          explanation: /COMMITTED/,
          status: 'repaired',
        },
      ];
    },
  },
  {
    name: 'a refund in the dashboard whose message was lost',
    inject: async () => {
      const sku = await createStockedSku('dashboard', 6);
      const orderId = await createOldOrder(sku, 2);
      const refund = { refundId: 're_1', amount: 300, status: 'DONE', origin: 'DASHBOARD' };
      await editItem('provider', authorizationKey(orderId), {
        refunds: [refund],
        refundedAt: Date.now(),
      });
      return [
        {
          subject: `payment:${orderId}-1`,
          kind: 'REFUND_UNRECORDED',
          explanation: /300 EUR of 1000 captured .* were refunded at the provider/,
          status: 'open',
        },
      ];
    },
  },
];
