import * as routes from '../../../contracts/routes/repair-routes.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import {
  idempotencyKeyReused,
  notRepairable,
  versionConflict,
} from '../../../shared/http/problems.ts';
import { repairCell } from '../../use-cases/audit/repair-stock.ts';
import { stockStore } from '../../wiring.ts';

const store = stockStore();

export const handler = httpHandler(routes.repairCell, {
  run: ({ body, caller, idempotency, correlationId, now }) =>
    repairCell(store, {
      ...body,
      fingerprint: idempotency.fingerprint,
      by: caller.id,
      correlationId,
      now,
    }),
  respond: ({ version }) => okResponse({ outcome: 'repaired', status: String(version) }),
  errors: { keyReused: idempotencyKeyReused, versionConflict, notRepairable },
});
