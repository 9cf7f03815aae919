import { RetryLater } from '../../shared/core/faults.ts';
import { accepted, type Result, refused } from '../../shared/core/result.ts';
import type { Decision, NotFound } from '../domain/decision.ts';
import type { Order } from '../domain/order.ts';
import type { OrderStore } from './ports.ts';

/** Only one request at a time changes an order; the others decide again on what it left. */
export const TRIES_MAX = 8;

/** Load, decide, save while the order is at the version that was read; else again. */
export async function changeOrder<Refusal>(
  orders: Pick<OrderStore, 'get' | 'save'>,
  orderId: string,
  decide: (order: Order) => Decision<Refusal>,
): Promise<Result<Order, Refusal | NotFound>> {
  for (let tried = 0; tried < TRIES_MAX; tried += 1) {
    const order = await orders.get(orderId);
    if (order === undefined) return refused({ kind: 'notFound' });
    const decision = decide(order);
    if (!decision.ok) return decision;
    const { order: after, isChanged } = decision.value;
    if (!isChanged || (await orders.save(after))) return accepted(after);
  }
  throw new RetryLater(`order ${orderId} stayed busy for ${TRIES_MAX} tries`);
}

/** The same for a customer, to whom another's order does not exist. */
export const changeOwnOrder = <Refusal>(
  orders: OrderStore,
  { orderId, customerId }: { readonly orderId: string; readonly customerId: string },
  decide: (order: Order) => Decision<Refusal>,
): Promise<Result<Order, Refusal | NotFound>> =>
  changeOrder(
    orders,
    orderId,
    (order): Decision<Refusal | NotFound> =>
      order.customerId === customerId ? decide(order) : refused({ kind: 'notFound' }),
  );
