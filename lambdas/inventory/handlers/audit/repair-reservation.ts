import * as routes from '../../../contracts/routes/repair-routes.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { notFound, notRepairable, versionConflict } from '../../../shared/http/problems.ts';
import { repairReservation } from '../../use-cases/audit/repair-stock.ts';
import { restoreReservation } from '../../use-cases/audit/restore-reservation.ts';
import { auditReader, stockStore } from '../../wiring.ts';

const ports = { store: stockStore(), reader: auditReader() };

export const handler = httpHandler(routes.repairReservation, {
  run: ({ params, body, caller, correlationId, now }) =>
    body.action === 'restore'
      ? restoreReservation(ports, {
          ...params,
          ...body,
          placedAt: Date.parse(body.placedAt),
          by: caller.id,
          correlationId,
          now,
        })
      : repairReservation(ports, { ...params, ...body, by: caller.id, correlationId, now }),
  respond: ({ status }) => okResponse({ outcome: 'repaired', status }),
  errors: {
    notFound: notFound('NOT_FOUND', { detail: 'There is no such reservation.' }),
    versionConflict,
    notRepairable,
  },
});
