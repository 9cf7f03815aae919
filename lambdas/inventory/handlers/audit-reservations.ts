import { ReservationAuditQuery } from '../../contracts/audit-api.ts';
import { httpHandler, ok } from '../../shared/http-handler.ts';
import { accepted } from '../../shared/result.ts';
import { auditReservations } from '../use-cases/audit-reservations.ts';
import { toReservationAuditView } from '../use-cases/audit-views.ts';
import { auditReader } from '../wiring.ts';

const reader = auditReader();

export const handler = httpHandler({
  query: ReservationAuditQuery,
  run: async ({ query }) => accepted(await auditReservations(reader, query.ids)),
  respond: ({ items, unreadable }) => ok({ items: items.map(toReservationAuditView), unreadable }),
  refusals: {},
});
