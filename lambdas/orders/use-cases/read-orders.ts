import type { NextAction } from '../../contracts/payment-commands.ts';
import type { Page, PageRequest } from '../../shared/core/page.ts';
import { err, ok, type Result } from '../../shared/core/result.ts';
import type { NotFound } from '../domain/decision.ts';
import type { Order } from '../domain/order.ts';
import { isAwaitingAction } from '../domain/payment-events.ts';
import type { Product } from '../domain/place-order.ts';
import type { OrderStore, PaymentsClient, ProductStore } from './ports.ts';

/** Order, with the action required of its customer before it can be paid. */
export type CustomerOrder = { readonly order: Order; readonly nextAction?: NextAction | undefined };

/**
 * Returns a customer's own order; `notFound` for the order of another customer. Only payments
 * stores the required action, which contains the provider's client secret.
 */
export async function getOrder(
  ports: {
    readonly orders: Pick<OrderStore, 'get'>;
    readonly payments: Pick<PaymentsClient, 'getRequiredAction'>;
  },
  request: {
    readonly orderId: string;
    readonly customerId: string;
    readonly correlationId: string;
  },
): Promise<Result<CustomerOrder, NotFound>> {
  const { orderId, customerId, correlationId } = request;
  const order = await ports.orders.get(orderId);
  if (order === undefined || order.customerId !== customerId) return err({ kind: 'notFound' });
  const attempt = order.payment?.attempt ?? 0;
  if (!isAwaitingAction(order, attempt)) return ok({ order });
  const nextAction = await ports.payments.getRequiredAction({ orderId, attempt, correlationId });
  return ok({ order, nextAction });
}

export const listOrders = async (
  orders: OrderStore,
  customerId: string,
  page: PageRequest,
): Promise<Result<Page<Order>, never>> => ok(await orders.list(customerId, page));

export async function putProduct(
  products: ProductStore,
  product: Product,
): Promise<Result<Product, never>> {
  await products.put(product);
  return ok(product);
}

export const listProducts = async (
  products: ProductStore,
  page: PageRequest,
): Promise<Result<Page<Product>, never>> => ok(await products.list(page));
