import { type AuditQuery, GRACE_SECONDS, type OrderAudit } from '../../contracts/audit-api.ts';
import { type Instant, MILLISECONDS_PER_SECOND } from '../../shared/core/instant.ts';
import { accepted, type Result } from '../../shared/core/result.ts';
import type { FoundPage } from '../../shared/core/unreadable.ts';
import type { Order } from '../domain/order.ts';
import { executionKnown, sinceOf } from '../domain/saga-age.ts';
import type { OrderWalk, SagaWatch } from './ports.ts';

type Ports = { readonly orders: OrderWalk; readonly sagas: SagaWatch };

/** What the reconciler is told: the orders of some ids, or a page of all of them. */
export async function auditOrders(
  { orders, sagas }: Ports,
  { ids, ...part }: AuditQuery,
  now: Instant,
): Promise<Result<FoundPage<OrderAudit>, never>> {
  const page: FoundPage<Order> =
    ids === undefined ? await orders.walk(part) : await orders.getAll(ids);
  const items = await Promise.all(page.items.map((order) => toAudit(sagas, order, now)));
  return accepted({ ...page, items });
}

async function toAudit(sagas: Ports['sagas'], order: Order, now: Instant): Promise<OrderAudit> {
  const { orderId, status, version, createdAt, lines, total, payment } = order;
  const since = sinceOf(order);
  return {
    orderId,
    status,
    version,
    since,
    createdAt,
    lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
    total,
    attempt: payment?.attempt ?? 0,
    ...(isWaiting(order, since, now) ? { saga: await sagaOf(sagas, order, now) } : {}),
  };
}

const isWaiting = ({ status }: Order, since: string, now: Instant): boolean =>
  (status === 'PAYING' || status === 'CONFIRMED' || status === 'CANCELLING') &&
  now - Date.parse(since) > GRACE_SECONDS * MILLISECONDS_PER_SECOND;

const sagaOf = async (sagas: Ports['sagas'], order: Order, now: Instant) =>
  order.saga === undefined
    ? { name: '', execution: 'NOT_STARTED' as const }
    : {
        name: order.saga.name,
        execution: executionKnown(order, await sagas.execution(order.saga), now),
      };
