import { epochSecondsAfterDays, type Instant } from '../../shared/core/instant.ts';
import type { Order } from '../domain/order.ts';
import type { Placement, Product } from '../domain/place-order.ts';
import { statusSinceOf } from '../domain/saga-retention.ts';
import type { OrderQueue } from '../use-cases/ports.ts';

type Key = { readonly pk: string; readonly sk: string };

export const ORDER_PREFIX = 'ORDER#';
export const CUSTOMER_PREFIX = 'CUSTOMER#';
export const PRODUCT_PREFIX = 'PRODUCT#';
export const PLACEMENT_PREFIX = 'PLACEMENT#';
/** Each claim of a customer is an attribute by its order's id, so that two claims do not exclude each other. */
export const CLAIM_PREFIX = 'order ';

export const orderKey = (orderId: string): Key => ({ pk: ORDER_PREFIX + orderId, sk: 'ORDER' });
/** Which order a request to place one led to. */
export const placementKey = (operationId: string): Key => ({
  pk: PLACEMENT_PREFIX + operationId,
  sk: 'PLACEMENT',
});
/** What may be held for a customer; TTL removes it when all of it is over. */
export const customerHoldsKey = (customerId: string): Key => ({
  pk: CUSTOMER_PREFIX + customerId,
  sk: 'HOLDS',
});
export const productKey = (sku: string): Key => ({ pk: PRODUCT_PREFIX + sku, sk: 'PRODUCT' });

/** The queue that an order waits in, by its status. */
const QUEUE_BY_STATUS: Partial<Record<Order['status'], OrderQueue>> = {
  COMPLETED: 'toShip',
  NEEDS_ATTENTION: 'attention',
};

/**
 * `placed` never changes, so the index of a customer's orders is written once for each order. `queue` and `queued` put an
 * order that waits for staff, and no other, into the index of queues: written when the order enters a queue and when it
 * leaves.
 */
export const orderItem = (order: Order): Record<string, unknown> => {
  const queue = QUEUE_BY_STATUS[order.status];
  return {
    ...orderKey(order.orderId),
    type: 'order',
    ...order,
    placed: placedKey(order),
    ...(queue === undefined ? {} : { queue, queued: `${statusSinceOf(order)}#${order.orderId}` }),
  };
};

/** A repeat of a request to place an order returns the same order for this long. */
export const PLACEMENT_DAYS = 90;

export const placementItem = (placement: Placement, now: Instant): Record<string, unknown> => ({
  ...placementKey(placement.operationId),
  type: 'placement',
  ...placement,
  ttl: epochSecondsAfterDays(now, PLACEMENT_DAYS),
});

export const placedKey = ({ createdAt, orderId }: Pick<Order, 'createdAt' | 'orderId'>): string =>
  `${createdAt}#${orderId}`;

/** `listedProduct` puts products, and nothing else, into the sparse index that lists them. */
export const productItem = (product: Product): Record<string, unknown> => ({
  ...productKey(product.sku),
  type: 'product',
  ...product,
  listedProduct: product.sku,
});
