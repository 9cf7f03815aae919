import { err, ok, type Result } from '../../shared/core/result.ts';
import { retryOptimistic } from '../../shared/core/retry-optimistic.ts';
import type { Decision, NotFound } from '../domain/decision.ts';
import type { Order } from '../domain/order.ts';
import type { OrderStore } from './ports.ts';

/** Maximum attempts to change an order: only one request at a time may write it. */
export const ATTEMPTS_MAX = 8;

/**
 * Loads an order, decides and saves. Decides again on a fresh read when another request wrote
 * first. Throws RetryLaterError after ATTEMPTS_MAX conflicts.
 */
export const changeOrder = <E>(
  orders: Pick<OrderStore, 'get' | 'save'>,
  orderId: string,
  decide: (order: Order) => Decision<E>,
): Promise<Result<Order, E | NotFound>> =>
  retryOptimistic(
    { attempts: ATTEMPTS_MAX, what: `order ${orderId}` },
    async (): Promise<Result<Order, E | NotFound> | undefined> => {
      const order = await orders.get(orderId);
      if (order === undefined) return err({ kind: 'notFound' });
      const decision = decide(order);
      if (!decision.ok) return decision;
      const { order: after, isChanged } = decision.value;
      return !isChanged || (await orders.save(after)) ? ok(after) : undefined;
    },
  );

/** Changes a customer's own order. Returns `notFound` for the order of another customer. */
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
