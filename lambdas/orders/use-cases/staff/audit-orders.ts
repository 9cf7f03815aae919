import type { OrderAudit } from '../../../contracts/api/audit.ts';
import type { AuditQuery } from '../../../contracts/api/audit-queries.ts';
import { type Instant, MILLISECONDS_PER_SECOND } from '../../../shared/core/instant.ts';
import { ok, type Result } from '../../../shared/core/result.ts';
import type { ReadRecordsPage } from '../../../shared/core/unreadable-record.ts';
import { GRACE_SECONDS } from '../../../shared/events/delivery-times.ts';
import type { Order } from '../../domain/order.ts';
import { executionStatusOf, statusSinceOf } from '../../domain/saga-retention.ts';
import type { OrderReader, SagaReader } from '../ports.ts';

type Ports = { readonly orders: OrderReader; readonly sagas: SagaReader };

/** Returns the orders of some ids, or a page of all orders, for the reconciler. */
export async function auditOrders(
  { orders, sagas }: Ports,
  { ids, ...segment }: AuditQuery,
  now: Instant,
): Promise<Result<ReadRecordsPage<OrderAudit>, never>> {
  const page: ReadRecordsPage<Order> =
    ids === undefined ? await orders.scanSegment(segment) : await orders.getAll(ids);
  const items = await Promise.all(page.items.map((order) => toAudit(sagas, order, now)));
  return ok({ ...page, items });
}

async function toAudit(sagas: Ports['sagas'], order: Order, now: Instant): Promise<OrderAudit> {
  const { orderId, status, version, createdAt, lines, total, payment } = order;
  const since = statusSinceOf(order);
  return {
    orderId,
    status,
    version,
    since,
    createdAt,
    lines: lines.map(({ sku, quantity }) => ({ sku, quantity })),
    total,
    attempt: payment?.attempt ?? 0,
    ...(isPastGrace(order, since, now) ? { saga: await sagaAuditOf(sagas, order, now) } : {}),
  };
}

const isPastGrace = ({ status }: Order, since: string, now: Instant): boolean =>
  (status === 'PAYING' || status === 'CONFIRMED' || status === 'CANCELLING') &&
  now - Date.parse(since) > GRACE_SECONDS * MILLISECONDS_PER_SECOND;

const sagaAuditOf = async (sagas: Ports['sagas'], order: Order, now: Instant) =>
  order.saga === undefined
    ? { name: '', execution: 'NOT_STARTED' as const }
    : {
        name: order.saga.name,
        execution: executionStatusOf(order, await sagas.executionStatus(order.saga), now),
      };
