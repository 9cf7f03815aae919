import * as routes from '../../../contracts/routes/repair-routes.ts';
import { createdResponse, httpHandler } from '../../../shared/http/http-handler.ts';
import {
  countSuperseded,
  idempotencyKeyReused,
  insufficientStock,
  skuNotFound,
  versionConflict,
} from '../../../shared/http/problems.ts';
import { toPostedCountView } from '../../presenters/audit-views.ts';
import { fingerprintOfCount, postCount } from '../../use-cases/audit/repair-stock.ts';
import { stockStore } from '../../wiring.ts';

const store = stockStore();

export const handler = httpHandler(routes.postCount, {
  run: ({ body, correlationId, now }) =>
    postCount(store, { ...body, fingerprint: fingerprintOfCount(body), correlationId, now }),
  respond: (count) => createdResponse(toPostedCountView(count)),
  errors: {
    keyReused: idempotencyKeyReused,
    notFound: skuNotFound,
    versionConflict,
    superseded: countSuperseded,
    insufficientStock,
  },
});
