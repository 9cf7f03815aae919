import type { NextAction } from '../../contracts/payment-commands.ts';
import type { Page, PageRequest } from '../../shared/core/page.ts';
import { accepted, type Result, refused } from '../../shared/core/result.ts';
import type { NotFound } from '../domain/decision.ts';
import type { Order } from '../domain/order.ts';
import { isAwaitingAction } from '../domain/payment-events.ts';
import type { Product } from '../domain/place-order.ts';
import type { OrderStore, Payments, ProductStore } from './ports.ts';

/** An order, and what its customer has to do before it can be paid. */
export type CustomerOrder = { readonly order: Order; readonly nextAction?: NextAction | undefined };

/**
 * Returns a customer's own order; another's does not exist. Payments alone stores the required action, which
 * holds the provider's client secret: it is read when its customer asks.
 */
export async function getOrder(
  ports: {
    readonly orders: Pick<OrderStore, 'get'>;
    readonly payments: Pick<Payments, 'requiredAction'>;
  },
  request: {
    readonly orderId: string;
    readonly customerId: string;
    readonly correlationId: string;
  },
): Promise<Result<CustomerOrder, NotFound>> {
  const { orderId, customerId, correlationId } = request;
  const order = await ports.orders.get(orderId);
  if (order === undefined || order.customerId !== customerId) return refused({ kind: 'notFound' });
  const attempt = order.payment?.attempt ?? 0;
  if (!isAwaitingAction(order, attempt)) return accepted({ order });
  const nextAction = await ports.payments.requiredAction({ orderId, attempt, correlationId });
  return accepted({ order, nextAction });
}

export const listOrders = async (
  orders: OrderStore,
  customerId: string,
  page: PageRequest,
): Promise<Result<Page<Order>, never>> => accepted(await orders.list(customerId, page));

export async function putProduct(
  products: ProductStore,
  product: Product,
): Promise<Result<Product, never>> {
  await products.put(product);
  return accepted(product);
}

export const listProducts = async (
  products: ProductStore,
  page: PageRequest,
): Promise<Result<Page<Product>, never>> => accepted(await products.list(page));
