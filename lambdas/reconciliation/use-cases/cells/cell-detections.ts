import type { CellDisagreement, OrderAudit } from '../../../contracts/api/audit.ts';
import { AUDIT_ITEMS_MAX } from '../../../contracts/api/audit-queries.ts';
import { type Instant, toIso } from '../../../shared/core/instant.ts';
import { toCellDetection } from '../../domain/checks/check-cells.ts';
import type { Detection } from '../../domain/finding.ts';
import type { AuditClient } from '../ports.ts';

const RESERVATION_RECORD_PREFIX = 'reservation:';

/**
 * Returns the detections of disagreements. Reads the orders of reservations whose records are
 * missing, because a reservation is restored with the lines of its order.
 */
export async function toCellDetections(
  audits: AuditClient,
  disagreements: readonly CellDisagreement[],
  now: Instant,
): Promise<readonly Detection[]> {
  const missingReservationIds = disagreements.flatMap((found) =>
    found.kind === 'RECORD_MISSING' && found.record.startsWith(RESERVATION_RECORD_PREFIX)
      ? [found.record.slice(RESERVATION_RECORD_PREFIX.length)]
      : [],
  );
  const orders = new Map<string, OrderAudit>();
  for (let from = 0; from < missingReservationIds.length; from += AUDIT_ITEMS_MAX) {
    const { items } = await audits.ordersById([
      ...new Set(missingReservationIds.slice(from, from + AUDIT_ITEMS_MAX)),
    ]);
    for (const order of items) orders.set(order.orderId, order);
  }
  return disagreements.map((found) =>
    toCellDetection(
      found,
      toIso(now),
      found.kind === 'RECORD_MISSING'
        ? orders.get(found.record.slice(RESERVATION_RECORD_PREFIX.length))
        : undefined,
    ),
  );
}
