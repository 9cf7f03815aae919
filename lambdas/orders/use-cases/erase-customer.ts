import type { Instant } from '../../shared/instant.ts';
import { accepted, type Result } from '../../shared/result.ts';
import { decideErase } from '../domain/erase-customer.ts';
import type { OrderReading } from '../domain/order.ts';
import { changeOrder } from './change-order.ts';
import type { CustomerHoldStore, OrderStore } from './ports.ts';

export type Erasure = {
  /** How many orders it was taken out of just now. */
  readonly erased: number;
  /** Orders that are not over, and keep it until they are. */
  readonly open: readonly { readonly orderId: string; readonly status: OrderReading }[];
  /** Where there is more than one request has time for. */
  readonly cursor?: string;
};

/** Of a page of the customer's orders. The next page is for the next request. */
export async function eraseCustomer(
  { orders, customers }: { readonly orders: OrderStore; readonly customers: CustomerHoldStore },
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
  await Promise.all(
    page.items.map(async ({ orderId }) => {
      let isErased = false;
      const changed = await changeOrder(orders, orderId, (order) => {
        const decision = decideErase(order, customerId, now);
        isErased = decision.ok && decision.value.isChanged;
        return decision;
      });
      if (isErased) erased += 1;
      if (!changed.ok && changed.refusal.kind === 'stillOpen')
        open.push({ orderId, status: changed.refusal.orderStatus });
    }),
  );
  const isLast = page.cursor === undefined;
  // What is being held counts against the caps of the customer; once nothing is, the record says nothing.
  if (isLast && asked.cursor === undefined && open.length === 0) await customers.forget(customerId);
  return accepted({ erased, open, ...(page.cursor === undefined ? {} : { cursor: page.cursor }) });
}
