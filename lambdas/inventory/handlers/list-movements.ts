import { SkuPath } from '../../contracts/inventory-api.ts';
import { ListQuery } from '../../contracts/primitives.ts';
import { httpHandler, ok } from '../../shared/http-handler.ts';
import { toPageView } from '../../shared/page.ts';
import { noSuchSku } from '../../shared/stock-problems.ts';
import { listMovements } from '../use-cases/read-stock.ts';
import { toMovementView } from '../use-cases/views.ts';
import { stockReader } from '../wiring.ts';

const reader = stockReader();

export const handler = httpHandler({
  path: SkuPath,
  query: ListQuery,
  run: ({ path, query }) => listMovements(reader, path.sku, query),
  respond: (page) => ok(toPageView(page, toMovementView)),
  refusals: { notFound: noSuchSku },
});
