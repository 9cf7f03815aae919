import {
  AUDIT_ITEMS_MAX,
  type CellDisagreement,
  type OrderAudit,
} from '../../contracts/audit-api.ts';
import { type Instant, toIso } from '../../shared/core/instant.ts';
import { detectedInCell } from '../domain/check-cells.ts';
import type { Detected } from '../domain/finding.ts';
import type { Audits } from './ports.ts';

const RESERVATION_MARKER = 'reservation:';

/** Returns the findings of disagreements, with the orders of reservations whose records are missing: these have their lines too. */
export async function detectedInCells(
  audits: Audits,
  looks: readonly CellDisagreement[],
  now: Instant,
): Promise<readonly Detected[]> {
  const lost = looks.flatMap((found) =>
    found.kind === 'MARKER_MISSING' && found.marker.startsWith(RESERVATION_MARKER)
      ? [found.marker.slice(RESERVATION_MARKER.length)]
      : [],
  );
  const orders = new Map<string, OrderAudit>();
  for (let from = 0; from < lost.length; from += AUDIT_ITEMS_MAX) {
    const { items } = await audits.ordersById([
      ...new Set(lost.slice(from, from + AUDIT_ITEMS_MAX)),
    ]);
    for (const order of items) orders.set(order.orderId, order);
  }
  return looks.map((found) =>
    detectedInCell(
      found,
      toIso(now),
      found.kind === 'MARKER_MISSING'
        ? orders.get(found.marker.slice(RESERVATION_MARKER.length))
        : undefined,
    ),
  );
}
