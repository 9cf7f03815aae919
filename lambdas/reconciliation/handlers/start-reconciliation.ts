import * as routes from '../../contracts/routes/reconciliation-routes.ts';
import { acceptedResponse, httpHandler } from '../../shared/http/http-handler.ts';
import { idempotencyKeyReused } from '../../shared/http/problems.ts';
import { startReconciliation } from '../use-cases/runs/start-reconciliation.ts';
import { runStore, segments, workQueue } from '../wiring.ts';

const ports = { runs: runStore(), queue: workQueue() };
const count = segments();

export const handler = httpHandler(routes.startReconciliation, {
  run: ({ body, caller, idempotency, correlationId, now }) =>
    startReconciliation(ports, {
      reconciliationId: `rec_${idempotency.operationId}`,
      full: body.full ?? false,
      segments: count,
      fingerprint: idempotency.fingerprint,
      by: caller.id,
      correlationId,
      now,
    }),
  respond: ({ reconciliationId }) => acceptedResponse({ reconciliationId }),
  errors: { keyReused: idempotencyKeyReused },
});
