import * as routes from '../../../contracts/routes/stock-routes.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { skuNotFound } from '../../../shared/http/problems.ts';
import { toExplanationView } from '../../presenters/audit-views.ts';
import { explainStock } from '../../use-cases/stock/explain-stock.ts';
import { auditReader, stockReader, stockStore } from '../../wiring.ts';

const ports = { store: stockStore(), reader: stockReader(), audit: auditReader() };

export const handler = httpHandler(routes.explainStock, {
  run: ({ params, query, now }) => explainStock(ports, { ...params, ...query }, now),
  respond: (explained) => okResponse(toExplanationView(explained)),
  errors: { notFound: skuNotFound },
});
