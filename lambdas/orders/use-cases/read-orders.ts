import type { Page, PageRequest } from '../../shared/page.ts';
import { accepted, type Result, refused } from '../../shared/result.ts';
import type { NotFound } from '../domain/decision.ts';
import type { Order } from '../domain/order.ts';
import type { Product } from '../domain/place-order.ts';
import type { OrderStore, ProductStore } from './ports.ts';

/** To a customer another's order does not exist. */
export async function getOrder(
  orders: OrderStore,
  { orderId, customerId }: { readonly orderId: string; readonly customerId: string },
): Promise<Result<Order, NotFound>> {
  const order = await orders.get(orderId);
  return order === undefined || order.customerId !== customerId
    ? refused({ kind: 'notFound' })
    : accepted(order);
}

export const listOrders = async (
  orders: OrderStore,
  customerId: string,
  page: PageRequest,
): Promise<Result<Page<Order>, never>> => accepted(await orders.list(customerId, page));

export async function putProduct(products: ProductStore, product: Product): Promise<Result<Product, never>> {
  await products.put(product);
  return accepted(product);
}

export const listProducts = async (
  products: ProductStore,
  page: PageRequest,
): Promise<Result<Page<Product>, never>> => accepted(await products.list(page));
