import { ReservationAuditQuery } from '../../../contracts/audit-api.ts';
import { accepted } from '../../../shared/core/result.ts';
import { httpHandler, ok } from '../../../shared/http/http-handler.ts';
import { toReservationAuditView } from '../../presenters/audit-views.ts';
import { auditReservations } from '../../use-cases/audit/audit-reservations.ts';
import { auditReader } from '../../wiring.ts';

const reader = auditReader();

export const handler = httpHandler({
  query: ReservationAuditQuery,
  run: async ({ query }) => accepted(await auditReservations(reader, query.ids)),
  respond: ({ items, unreadable }) => ok({ items: items.map(toReservationAuditView), unreadable }),
  refusals: {},
});
