import type { Item } from '../../shared/stream-handler.ts';
import { eventsOf } from '../domain/events.ts';
import type { Order } from '../domain/order.ts';
import type { Product } from '../domain/place-order.ts';

type Key = { readonly pk: string; readonly sk: string };

export const orderKey = (orderId: string): Key => ({ pk: `ORDER#${orderId}`, sk: 'ORDER' });
/** What a customer may be holding; TTL removes it when all of it is over. */
export const customerHoldsKey = (customerId: string): Key => ({ pk: `CUSTOMER#${customerId}`, sk: 'HOLDS' });
export const productKey = (sku: string): Key => ({ pk: `PRODUCT#${sku}`, sk: 'PRODUCT' });

/** `placed` never changes, so the index of a customer's orders is written once for each order. */
export const orderItem = (order: Order): Record<string, unknown> => ({
  ...orderKey(order.orderId),
  type: 'order',
  ...order,
  placed: placedKey(order),
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

// Items are written by this adapter alone, each with its type; what is read back has the type that was written.
export function toOrder(item: Item): Order {
  const { pk: _pk, sk: _sk, type: _type, placed: _placed, ...order } = item;
  return order as unknown as Order;
}

export function toProduct({ sku, name, unitPrice }: Item): Product {
  return { sku, name, unitPrice } as Product;
}

/** The events of one change of the table; a product's change is nobody else's concern. */
export const eventsOfItems = (before: Item | undefined, after: Item | undefined) =>
  after?.type === 'order' ? eventsOf(before && toOrder(before), toOrder(after)) : [];
