import * as routes from '../../../contracts/routes/stock-routes.ts';
import { createdResponse, httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { skuSizeProblems, unknownLocation } from '../../../shared/http/problems.ts';
import { toSettingsView } from '../../presenters/stock-views.ts';
import { putStock } from '../../use-cases/stock/update-stock.ts';
import { stockStore } from '../../wiring.ts';

const store = stockStore();

export const handler = httpHandler(routes.putStock, {
  run: ({ params, body, caller, correlationId, now }) =>
    putStock(store, { ...body, sku: params.sku, by: caller.id, correlationId, now }),
  respond: ({ stockItem, isNew }) =>
    (isNew ? createdResponse : okResponse)(toSettingsView(stockItem)),
  errors: { unknownLocation, ...skuSizeProblems },
});
