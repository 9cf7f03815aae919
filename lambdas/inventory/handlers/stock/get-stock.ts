import { SkuPath } from '../../../contracts/inventory-api.ts';
import { httpHandler, ok } from '../../../shared/http/http-handler.ts';
import { noSuchSku } from '../../../shared/http/stock-problems.ts';
import { toStockView } from '../../presenters/stock-views.ts';
import { getStock } from '../../use-cases/stock/read-stock.ts';
import { stockStore } from '../../wiring.ts';

const store = stockStore();

export const handler = httpHandler({
  path: SkuPath,
  run: ({ path }) => getStock(store, path.sku),
  respond: (stock, { now }) => ok(toStockView(stock, now)),
  refusals: { notFound: noSuchSku },
});
