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
/**
 * Prefix of a claim's attribute name, followed by the order id. One attribute per claim lets two
 * claims be written concurrently.
 */
export const CLAIM_PREFIX = 'order ';

export const orderKey = (orderId: string): Key => ({ pk: ORDER_PREFIX + orderId, sk: 'ORDER' });
/** Key of the order id that a placement request was given. */
export const placementKey = (operationId: string): Key => ({
  pk: PLACEMENT_PREFIX + operationId,
  sk: 'PLACEMENT',
});
/** Key of a customer's record of holds. The TTL removes it after the last hold. */
export const customerHoldsKey = (customerId: string): Key => ({
  pk: CUSTOMER_PREFIX + customerId,
  sk: 'HOLDS',
});
export const productKey = (sku: string): Key => ({ pk: PRODUCT_PREFIX + sku, sk: 'PRODUCT' });

/** Queue of an order, by its status. */
const QUEUE_BY_STATUS: Partial<Record<Order['status'], OrderQueue>> = {
  COMPLETED: 'toShip',
  NEEDS_ATTENTION: 'attention',
};

/**
 * Returns the item of an order. `placed` never changes, so the index of a customer's orders is
 * written once per order. `queue` and `queued` exist only while the order waits for staff, so the
 * index of queues is written when it enters or leaves a queue.
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

/** Time for which a repeat of a placement returns the same order. */
export const PLACEMENT_DAYS = 90;

export const placementItem = (placement: Placement, now: Instant): Record<string, unknown> => ({
  ...placementKey(placement.operationId),
  type: 'placement',
  ...placement,
  ttl: epochSecondsAfterDays(now, PLACEMENT_DAYS),
});

export const placedKey = ({ createdAt, orderId }: Pick<Order, 'createdAt' | 'orderId'>): string =>
  `${createdAt}#${orderId}`;

/**
 * Returns the item of a product. `listedProduct` adds only products to the sparse index that lists
 * them.
 */
export const productItem = (product: Product): Record<string, unknown> => ({
  ...productKey(product.sku),
  type: 'product',
  ...product,
  listedProduct: product.sku,
});
