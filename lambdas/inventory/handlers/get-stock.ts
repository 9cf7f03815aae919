import { SkuPath } from '../../contracts/inventory-api.ts';
import { httpHandler, ok } from '../../shared/http-handler.ts';
import { noSuchSku } from '../../shared/stock-problems.ts';
import { getStock } from '../use-cases/read-stock.ts';
import { toStockView } from '../use-cases/views.ts';
import { stockStore } from '../wiring.ts';

const store = stockStore();

export const handler = httpHandler({
  path: SkuPath,
  run: ({ path }) => getStock(store, path.sku),
  respond: (stock, { now }) => ok(toStockView(stock, now)),
  refusals: { notFound: noSuchSku },
});
