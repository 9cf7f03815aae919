import { SkuPath } from '../../../contracts/inventory-api.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { skuNotFound } from '../../../shared/http/stock-problems.ts';
import { toStockView } from '../../presenters/stock-views.ts';
import { getStock } from '../../use-cases/stock/read-stock.ts';
import { stockStore } from '../../wiring.ts';

const store = stockStore();

export const handler = httpHandler({
  path: SkuPath,
  run: ({ path }) => getStock(store, path.sku),
  respond: (stock, { now }) => okResponse(toStockView(stock, now)),
  errors: { notFound: skuNotFound },
});
