import type { Unreadable } from '../../../shared/core/unreadable.ts';
import type { AuditReader, ReservationAudit } from './audit-ports.ts';

/** Returns those of the reservations that there are, and those that cannot be read. */
export async function auditReservations(
  reader: AuditReader,
  ids: readonly string[],
): Promise<{
  readonly items: readonly ReservationAudit[];
  readonly unreadable: readonly Unreadable[];
}> {
  const { reservations, unreadable } = await reader.markers({ reservations: ids, operations: [] });
  return { items: await reader.withUnmoved(reservations), unreadable };
}
