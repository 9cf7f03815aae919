import type { UnreadableRecord } from '../../../shared/core/unreadable-record.ts';
import type { AuditReader, ReservationAudit } from './audit-ports.ts';

/** Audits the reservations that exist. Returns the unreadable ones separately. */
export async function auditReservations(
  reader: AuditReader,
  ids: readonly string[],
): Promise<{
  readonly items: readonly ReservationAudit[];
  readonly unreadable: readonly UnreadableRecord[];
}> {
  const { reservations, unreadable } = await reader.readRecords({
    reservations: ids,
    operations: [],
  });
  return { items: await reader.findLinesWithoutMovement(reservations), unreadable };
}
