import { ListQuery } from '../../contracts/primitives.ts';
import { httpHandler, ok } from '../../shared/http-handler.ts';
import { toPageView } from '../../shared/page.ts';
import { listProducts } from '../use-cases/read-orders.ts';
import { toProductView } from '../use-cases/views.ts';
import { productStore } from '../wiring.ts';

const products = productStore();

export const handler = httpHandler({
  query: ListQuery,
  run: ({ query }) => listProducts(products, query),
  respond: (page) => ok(toPageView(page, toProductView)),
  refusals: {},
});
