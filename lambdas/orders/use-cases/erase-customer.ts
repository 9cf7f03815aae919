import type { Instant } from '../../shared/core/instant.ts';
import { accepted, type Result } from '../../shared/core/result.ts';
import { stillHeld } from '../domain/customer-holds.ts';
import { decideErase } from '../domain/erase-customer.ts';
import type { Order, OrderReading } from '../domain/order.ts';
import { changeOrder } from './change-order.ts';
import type { CustomerHoldStore, OrderStore, OrderWalk } from './ports.ts';

export type Erasure = {
  /** How many orders it was taken out of just now. */
  readonly erased: number;
  /** Orders that are not over, and keep it until they are. */
  readonly open: readonly { readonly orderId: string; readonly status: OrderReading }[];
  /** Where there is more than one request has time for. */
  readonly cursor?: string;
};

type Ports = {
  readonly orders: OrderStore & Pick<OrderWalk, 'getAll'>;
  readonly customers: CustomerHoldStore;
};

/**
 * Erases the customer from one page of their orders. The next page is for the next request. The list is an index, which may lag by a
 * moment: so the first page has also the orders that the customer's own record names, which is read consistently; and the tool asks until
 * a whole pass finds nothing.
 */
export async function eraseCustomer(
  { orders, customers }: Ports,
  asked: {
    readonly customerId: string;
    readonly limit: number;
    readonly cursor?: string | undefined;
    readonly now: Instant;
  },
): Promise<Result<Erasure, never>> {
  const { customerId, limit, now } = asked;
  const page = await orders.list(customerId, { limit, cursor: asked.cursor });
  const open: { orderId: string; status: OrderReading }[] = [];
  let erased = 0;
  const claimed = asked.cursor === undefined ? await customers.read(customerId) : undefined;
  const orderIds = new Set([
    ...page.items.map(({ orderId }) => orderId),
    ...(claimed?.holds ?? []).map(({ orderId }) => orderId),
  ]);
  await Promise.all(
    [...orderIds].map(async (orderId) => {
      let isErased = false;
      let placementId: string | undefined;
      const erasing = {
        get: (id: string) => orders.get(id),
        save: (order: Order) => orders.erase(order, placementId),
      };
      const changed = await changeOrder(erasing, orderId, (order) => {
        const decision = decideErase(order, customerId, now);
        isErased = decision.ok && decision.value.isChanged;
        placementId = order.placementId;
        return decision;
      });
      if (isErased) erased += 1;
      if (!changed.ok && changed.refusal.kind === 'stillOpen')
        open.push({ orderId, status: changed.refusal.orderStatus });
    }),
  );
  const isLast = page.cursor === undefined;
  if (isLast && asked.cursor === undefined && open.length === 0)
    await forgetHolds(asked, { orders, customers });
  return accepted({ erased, open, ...(page.cursor === undefined ? {} : { cursor: page.cursor }) });
}

/** The record of what may be held goes at once where nothing may be. Else a hold would count against no limit; TTL removes it. */
async function forgetHolds(
  { customerId, now }: { readonly customerId: string; readonly now: Instant },
  { orders, customers }: Ports,
): Promise<void> {
  const record = await customers.read(customerId);
  if (record === undefined) return;
  const { items: found } = await orders.getAll(record.holds.map(({ orderId }) => orderId));
  if (stillHeld(record.holds, found, now).length === 0) await customers.forget(record);
}
