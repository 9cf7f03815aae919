import type { EffectiveOrderStatus } from '../../../contracts/api/orders.ts';
import { defined } from '../../../shared/core/defined.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import { ok, type Result } from '../../../shared/core/result.ts';
import { openHoldsOf } from '../../domain/customer-holds.ts';
import { decideErase } from '../../domain/erase-customer.ts';
import type { Order } from '../../domain/order.ts';
import { changeOrder } from '../change-order.ts';
import type { CustomerHoldStore, OrderReader, OrderStore } from '../ports.ts';

export type Erasure = {
  /** Number of orders erased by this request. */
  readonly erased: number;
  /** Open orders, which keep the customer's data until they are closed. */
  readonly open: readonly { readonly orderId: string; readonly status: EffectiveOrderStatus }[];
  /** Position for the next request; absent on the last page. */
  readonly cursor?: string;
};

type Ports = {
  readonly orders: OrderStore & Pick<OrderReader, 'getAll'>;
  readonly customers: CustomerHoldStore;
};

/**
 * Erases the customer from one page of their orders. The list is an eventually consistent index, so
 * the first page adds the orders in the customer's record of holds, which is read consistently. The
 * CLI repeats until a whole pass finds nothing.
 */
export async function eraseCustomer(
  { orders, customers }: Ports,
  input: {
    readonly customerId: string;
    readonly limit: number;
    readonly cursor?: string | undefined;
    readonly now: Instant;
  },
): Promise<Result<Erasure, never>> {
  const { customerId, limit, now } = input;
  const page = await orders.list(customerId, { limit, cursor: input.cursor });
  const open: { orderId: string; status: EffectiveOrderStatus }[] = [];
  let erased = 0;
  const claimedHolds = input.cursor === undefined ? await customers.get(customerId) : undefined;
  const orderIds = new Set([
    ...page.items.map(({ orderId }) => orderId),
    ...(claimedHolds?.holds ?? []).map(({ orderId }) => orderId),
  ]);
  await Promise.all(
    [...orderIds].map(async (orderId) => {
      let isErased = false;
      let placementId: string | undefined;
      const store = {
        get: (id: string) => orders.get(id),
        save: (order: Order) => orders.erase(order, placementId),
      };
      const result = await changeOrder(store, orderId, (order) => {
        const decision = decideErase(order, customerId, now);
        isErased = decision.ok && decision.value.isChanged;
        placementId = order.placementId;
        return decision;
      });
      if (isErased) erased += 1;
      if (!result.ok && result.error.kind === 'stillOpen')
        open.push({ orderId, status: result.error.orderStatus });
    }),
  );
  const isLast = page.cursor === undefined;
  if (isLast && input.cursor === undefined && open.length === 0)
    await deleteHolds(input, { orders, customers });
  return ok({ erased, open, ...defined({ cursor: page.cursor }) });
}

/**
 * Deletes the customer's record of holds if nothing can be held any more. Otherwise open holds
 * would count against no limit; the TTL removes the record later.
 */
async function deleteHolds(
  { customerId, now }: { readonly customerId: string; readonly now: Instant },
  { orders, customers }: Ports,
): Promise<void> {
  const record = await customers.get(customerId);
  if (record === undefined) return;
  const { items: claimedOrders } = await orders.getAll(record.holds.map(({ orderId }) => orderId));
  if (openHoldsOf(record.holds, claimedOrders, now).length === 0) await customers.delete(record);
}
