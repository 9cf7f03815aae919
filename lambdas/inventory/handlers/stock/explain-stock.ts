import { ExplainStockQuery, SkuPath } from '../../../contracts/inventory-api.ts';
import { httpHandler, ok } from '../../../shared/http/http-handler.ts';
import { noSuchSku } from '../../../shared/http/stock-problems.ts';
import { toExplanationView } from '../../presenters/audit-views.ts';
import { explainStock } from '../../use-cases/stock/explain-stock.ts';
import { auditReader, stockReader, stockStore } from '../../wiring.ts';

const ports = { store: stockStore(), reader: stockReader(), audit: auditReader() };

export const handler = httpHandler({
  path: SkuPath,
  query: ExplainStockQuery,
  run: ({ path, query, now }) => explainStock(ports, { ...path, ...query }, now),
  respond: (explained) => ok(toExplanationView(explained)),
  refusals: { notFound: noSuchSku },
});
