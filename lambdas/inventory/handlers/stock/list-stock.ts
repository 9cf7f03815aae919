import * as routes from '../../../contracts/routes/stock-routes.ts';
import { toPageView } from '../../../shared/core/page.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { toStockView } from '../../presenters/stock-views.ts';
import { listStock } from '../../use-cases/stock/read-stock.ts';
import { stockReader, stockStore } from '../../wiring.ts';

const ports = { store: stockStore(), reader: stockReader() };

export const handler = httpHandler(routes.listStock, {
  run: ({ query }) => listStock(ports, query),
  respond: (page, { now }) => okResponse(toPageView(page, (stock) => toStockView(stock, now))),
  errors: {},
});
