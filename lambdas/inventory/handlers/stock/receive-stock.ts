import * as routes from '../../../contracts/routes/stock-routes.ts';
import { createdResponse, httpHandler } from '../../../shared/http/http-handler.ts';
import {
  idempotencyKeyReused,
  skuNotCreated,
  skuSizeProblems,
  unknownLocation,
} from '../../../shared/http/problems.ts';
import { toEntryView } from '../../presenters/stock-views.ts';
import { receiveStock } from '../../use-cases/stock/update-stock.ts';
import { stockStore } from '../../wiring.ts';

const store = stockStore();

export const handler = httpHandler(routes.receiveStock, {
  run: ({ params, body, caller, idempotency, correlationId, now }) =>
    receiveStock(store, {
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
    ...skuSizeProblems,
  },
});
