import * as routes from '../../../contracts/routes/stock-routes.ts';
import { toPageView } from '../../../shared/core/page.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { skuNotFound } from '../../../shared/http/problems.ts';
import { toMovementView } from '../../presenters/stock-views.ts';
import { listMovements } from '../../use-cases/stock/read-stock.ts';
import { stockReader } from '../../wiring.ts';

const reader = stockReader();

export const handler = httpHandler(routes.listMovements, {
  run: ({ params, query }) => listMovements(reader, params.sku, query),
  respond: (page) => okResponse(toPageView(page, toMovementView)),
  errors: { notFound: skuNotFound },
});
