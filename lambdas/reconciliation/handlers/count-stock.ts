import * as routes from '../../contracts/routes/stock-routes.ts';
import { toIso } from '../../shared/core/instant.ts';
import { createdResponse, httpHandler } from '../../shared/http/http-handler.ts';
import { badRequest, idempotencyKeyReused, skuNotFound } from '../../shared/http/problems.ts';
import { toCountView } from '../presenters/reconciliation-views.ts';
import { countStock } from '../use-cases/counts/count-stock.ts';
import { countTolerance, repairPorts } from '../wiring.ts';

const MAIN_LOCATION = 'main';
const ports = repairPorts();
const tolerance = countTolerance();

export const handler = httpHandler(routes.countStock, {
  run: ({ params, body, caller, idempotency, correlationId, now, deadline }) =>
    countStock(
      ports,
      {
        ...params,
        ...body,
        countId: `cnt_${idempotency.operationId}`,
        locationId: body.locationId ?? MAIN_LOCATION,
        countedAt: body.countedAt ?? toIso(now),
        fingerprint: idempotency.fingerprint,
        by: caller.id,
        correlationId,
        now,
        deadline,
      },
      tolerance,
    ),
  respond: (count) => createdResponse(toCountView(count)),
  errors: {
    notFound: skuNotFound,
    keyReused: idempotencyKeyReused,
    invalid: badRequest('VALIDATION_FAILED', {
      detail: 'The body failed validation.',
      exposes: ['errors'],
    }),
  },
});
