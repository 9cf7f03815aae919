import * as routes from '../../../contracts/routes/stock-routes.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { skuNotCreated, skuSizeProblems, unknownLocation } from '../../../shared/http/problems.ts';
import { toSettingsView } from '../../presenters/stock-views.ts';
import { patchStock } from '../../use-cases/stock/update-stock.ts';
import { stockStore } from '../../wiring.ts';

const store = stockStore();

export const handler = httpHandler(routes.patchStock, {
  run: ({ params, body, caller, correlationId, now }) =>
    patchStock(store, { ...body, sku: params.sku, by: caller.id, correlationId, now }),
  respond: ({ stockItem }) => okResponse(toSettingsView(stockItem)),
  errors: { notFound: skuNotCreated, unknownLocation, ...skuSizeProblems },
});
