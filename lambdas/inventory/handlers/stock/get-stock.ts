import * as routes from '../../../contracts/routes/stock-routes.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { skuNotFound } from '../../../shared/http/problems.ts';
import { toStockView } from '../../presenters/stock-views.ts';
import { getStock } from '../../use-cases/stock/read-stock.ts';
import { stockStore } from '../../wiring.ts';

const store = stockStore();

export const handler = httpHandler(routes.getStock, {
  run: ({ params }) => getStock(store, params.sku),
  respond: (stock, { now }) => okResponse(toStockView(stock, now)),
  errors: { notFound: skuNotFound },
});
