import { RetryLaterError } from '../../shared/core/errors.ts';
import { err, ok, type Result } from '../../shared/core/result.ts';
import type { Decision, NotFound } from '../domain/decision.ts';
import type { Order } from '../domain/order.ts';
import type { OrderStore } from './ports.ts';

/** Only one request at a time changes an order; the others decide again on what it left. */
export const ATTEMPTS_MAX = 8;

/** Load, decide, save while the order is at the version that was read; else again. */
export async function changeOrder<E>(
  orders: Pick<OrderStore, 'get' | 'save'>,
  orderId: string,
  decide: (order: Order) => Decision<E>,
): Promise<Result<Order, E | NotFound>> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const order = await orders.get(orderId);
    if (order === undefined) return err({ kind: 'notFound' });
    const decision = decide(order);
    if (!decision.ok) return decision;
    const { order: after, isChanged } = decision.value;
    if (!isChanged || (await orders.save(after))) return ok(after);
  }
  throw new RetryLaterError(`order ${orderId} stayed busy for ${ATTEMPTS_MAX} tries`);
}

/** The same for a customer, to whom another's order does not exist. */
export const changeOwnOrder = <E>(
  orders: OrderStore,
  { orderId, customerId }: { readonly orderId: string; readonly customerId: string },
  decide: (order: Order) => Decision<E>,
): Promise<Result<Order, E | NotFound>> =>
  changeOrder(
    orders,
    orderId,
    (order): Decision<E | NotFound> =>
      order.customerId === customerId ? decide(order) : err({ kind: 'notFound' }),
  );
