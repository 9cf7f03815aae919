import type { Delivery } from '../../contracts/api/orders.ts';
import { defined } from '../../shared/core/defined.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { allocationsOf, type Order, type OrderLine, statusAt } from '../domain/order.ts';
import type { Product } from '../domain/place-order.ts';
import type { CustomerOrder } from '../use-cases/read-orders.ts';
import type { StaffOrder } from '../use-cases/staff/staff-orders.ts';

/** The domain as the HTTP contract shows it. */
export function toOrderView(order: Order, now: Instant) {
  const { orderId, lines, delivery, total, expiresAt, createdAt, payment, timeline } = order;
  return {
    orderId,
    status: statusAt(order, now),
    lines: lines.map(toLineView),
    delivery: delivery ?? SHIPPED,
    total,
    expiresAt,
    createdAt,
    payment: payment && {
      status: payment.status,
      attempt: payment.attempt,
      ...defined({ lastError: payment.lastError }),
    },
    timeline,
  };
}

const SHIPPED: Delivery = { kind: 'ship' };

const toLineView = (line: OrderLine) => ({ ...line, allocations: [...allocationsOf(line)] });

/** For the order's own customer: also what they have to do. */
export function toOrderDetailView({ order, nextAction }: CustomerOrder, now: Instant) {
  const view = toOrderView(order, now);
  return nextAction === undefined ? view : { ...view, payment: { ...view.payment, nextAction } };
}

/** For staff: also whose the order is. */
export const toStaffOrderView = (order: Order, now: Instant) => ({
  ...toOrderView(order, now),
  customerId: order.customerId,
});

export const toStaffOrderDetailView = (
  { order, reservation, payments }: StaffOrder,
  now: Instant,
) => ({
  ...toStaffOrderView(order, now),
  reservation,
  payments,
});

/** Returns the response to a placement, which is the same for each repeat. */
export const toPlacedOrderView = ({ orderId, placedExpiresAt, lines, delivery, total }: Order) => ({
  orderId,
  status: 'PENDING_PAYMENT',
  expiresAt: placedExpiresAt,
  lines: lines.map(toLineView),
  delivery: delivery ?? SHIPPED,
  total,
});

/**
 * Returns the response to a request that changed the order: its recorded status, or the current
 * one.
 */
export const toOrderStatusView = ({ orderId, status, requests }: Order, operationId: string) => ({
  orderId,
  status: requests[operationId]?.responseStatus ?? status,
});

export const toProductView = ({ sku, name, unitPrice }: Product) => ({ sku, name, unitPrice });
