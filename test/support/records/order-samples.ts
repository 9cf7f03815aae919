import {
  customerHoldsKey,
  orderItem,
  placementItem,
  productItem,
} from '../../../lambdas/orders/adapters/order-items.ts';
import type { Item } from '../../../lambdas/shared/dynamodb/item.ts';
import { NOON } from '../inventory.ts';
import { anOrder, aPayment } from '../orders/orders.ts';

/** Stored records of orders, by kind. */
export const ORDER_SAMPLES: Readonly<Record<string, Item>> = {
  'orders order': orderItem(
    anOrder({
      payment: aPayment({ lastError: 'card_declined' }),
      requests: {
        'op-1': {
          resumptionVersion: 3,
          fingerprint: 'print',
          responseStatus: 'PAYING',
          saga: { machine: 'process', name: 'ord-1-1' },
        },
      },
      saga: { machine: 'process', name: 'ord-1-1' },
      taskToken: 'token',
      stockOutcome: { status: 'failed', code: 'RESERVATION_EXPIRED' },
      isReleased: true,
    }),
  ),
  'orders product': productItem({
    sku: 'tea',
    name: 'Tea',
    unitPrice: { amount: 850, currency: 'EUR' },
  }),
  'orders customerHolds': {
    ...customerHoldsKey('alice'),
    type: 'customerHolds',
    'order ord-1': { units: 2, until: { 'claim-1': NOON } },
    openHolds: 1,
    openUnits: 2,
    version: 3,
    ttl: 1_767_268_800,
  },
  'orders placement': placementItem(
    { operationId: 'op-1', orderId: 'ord-1', fingerprint: 'print' },
    NOON,
  ),
};
