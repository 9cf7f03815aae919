import * as routes from '../../../contracts/routes/audit-routes.ts';
import { ok } from '../../../shared/core/result.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { toReservationAuditView } from '../../presenters/audit-views.ts';
import { auditReservations } from '../../use-cases/audit/audit-reservations.ts';
import { auditReader } from '../../wiring.ts';

const reader = auditReader();

export const handler = httpHandler(routes.auditReservations, {
  run: async ({ query }) => ok(await auditReservations(reader, query.ids)),
  respond: ({ items, unreadable }) =>
    okResponse({ items: items.map(toReservationAuditView), unreadable }),
  errors: {},
});
