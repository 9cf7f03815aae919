import type { AuditReader, ReservationAudit } from './audit-ports.ts';

/** Those of the reservations that there are. */
export const auditReservations = async (
  reader: AuditReader,
  ids: readonly string[],
): Promise<readonly ReservationAudit[]> =>
  reader.withUnmoved((await reader.markers({ reservations: ids, operations: [] })).reservations);
