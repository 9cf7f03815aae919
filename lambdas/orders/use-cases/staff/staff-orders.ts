import type { StaffOrdersQuery } from '../../../contracts/api/orders.ts';
import type { Page } from '../../../shared/core/page.ts';
import { err, ok, type Result } from '../../../shared/core/result.ts';
import type { NotFound } from '../../domain/decision.ts';
import { CANCELLED_BY_STAFF } from '../../domain/erase-customer.ts';
import type { Order } from '../../domain/order.ts';
import { cancelOrder } from '../checkout/cancel-order.ts';
import type {
  OrderQueues,
  OrderReservation,
  OrderStore,
  PaymentAttempt,
  PaymentsClient,
  ReservationReader,
} from '../ports.ts';

/**
 * Returns a page of one queue, longest waiting first, or of one customer's orders, newest first.
 */
export async function listStaffOrders(
  orders: Pick<OrderStore, 'list'> & OrderQueues,
  { queue, customerId, ...page }: StaffOrdersQuery,
): Promise<Result<Page<Order>, never>> {
  return ok(
    queue === undefined
      ? await orders.list(customerId ?? '', page)
      : await orders.listQueue(queue, page),
  );
}

/** Order with its reservation and payment attempts from the other contexts. */
export type StaffOrder = {
  readonly order: Order;
  readonly reservation: OrderReservation | null;
  readonly payments: readonly PaymentAttempt[];
};

/**
 * Returns any customer's order, its reservation (from inventory) and its payments (from payments).
 */
export async function getStaffOrder(
  ports: {
    readonly orders: Pick<OrderStore, 'get'>;
    readonly reservations: ReservationReader;
    readonly payments: Pick<PaymentsClient, 'listAttempts'>;
  },
  { orderId, correlationId }: { readonly orderId: string; readonly correlationId: string },
): Promise<Result<StaffOrder, NotFound>> {
  const order = await ports.orders.get(orderId);
  if (order === undefined) return err({ kind: 'notFound' });
  const [reservation, payments] = await Promise.all([
    ports.reservations.find({ orderId, correlationId }),
    ports.payments.listAttempts({ orderId, attempts: order.payment?.attempt ?? 0, correlationId }),
  ]);
  return ok({ order, reservation: reservation ?? null, payments });
}

/** Cancels any order. The customer can read the reason; erasing the customer removes it. */
export const cancelStaffOrder = (
  ports: Parameters<typeof cancelOrder>[0],
  command: Omit<Parameters<typeof cancelOrder>[1], 'customerId'>,
) => cancelOrder(ports, { ...command, reason: `${CANCELLED_BY_STAFF}: ${command.reason}` });
