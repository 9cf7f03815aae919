import { ListQuery } from '../../contracts/primitives.ts';
import { httpHandler, ok } from '../../shared/http-handler.ts';
import { toPageView } from '../../shared/page.ts';
import { listStock } from '../use-cases/read-stock.ts';
import { toStockView } from '../use-cases/views.ts';
import { stockReader, stockStore } from '../wiring.ts';

const ports = { store: stockStore(), reader: stockReader() };

export const handler = httpHandler({
  query: ListQuery,
  run: ({ query }) => listStock(ports, query),
  respond: (page, { now }) => ok(toPageView(page, (stock) => toStockView(stock, now))),
  refusals: {},
});
