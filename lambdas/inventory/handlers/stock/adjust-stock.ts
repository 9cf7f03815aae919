import * as routes from '../../../contracts/routes/stock-routes.ts';
import { createdResponse, httpHandler } from '../../../shared/http/http-handler.ts';
import {
  idempotencyKeyReused,
  insufficientStock,
  skuNotCreated,
  skuSizeProblems,
  unknownLocation,
} from '../../../shared/http/problems.ts';
import { toEntryView } from '../../presenters/stock-views.ts';
import { adjustStock } from '../../use-cases/stock/update-stock.ts';
import { stockStore } from '../../wiring.ts';

const store = stockStore();

export const handler = httpHandler(routes.adjustStock, {
  run: ({ params, body, caller, idempotency, correlationId, now }) =>
    adjustStock(store, {
      ...body,
      ...idempotency,
      sku: params.sku,
      by: caller.id,
      correlationId,
      now,
    }),
  respond: (entry) => createdResponse(toEntryView(entry)),
  errors: {
    keyReused: idempotencyKeyReused,
    notFound: skuNotCreated,
    unknownLocation,
    insufficientStock,
    ...skuSizeProblems,
  },
});
