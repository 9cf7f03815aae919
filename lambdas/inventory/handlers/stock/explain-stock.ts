import { ExplainStockQuery, SkuPath } from '../../../contracts/inventory-api.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { skuNotFound } from '../../../shared/http/stock-problems.ts';
import { toExplanationView } from '../../presenters/audit-views.ts';
import { explainStock } from '../../use-cases/stock/explain-stock.ts';
import { auditReader, stockReader, stockStore } from '../../wiring.ts';

const ports = { store: stockStore(), reader: stockReader(), audit: auditReader() };

export const handler = httpHandler({
  path: SkuPath,
  query: ExplainStockQuery,
  run: ({ path, query, now }) => explainStock(ports, { ...path, ...query }, now),
  respond: (explained) => okResponse(toExplanationView(explained)),
  errors: { notFound: skuNotFound },
});
