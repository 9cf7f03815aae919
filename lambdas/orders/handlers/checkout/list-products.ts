import * as routes from '../../../contracts/routes/product-routes.ts';
import { toPageView } from '../../../shared/core/page.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { toProductView } from '../../presenters/order-views.ts';
import { listProducts } from '../../use-cases/read-orders.ts';
import { productStore } from '../../wiring.ts';

const products = productStore();

export const handler = httpHandler(routes.listProducts, {
  run: ({ query }) => listProducts(products, query),
  respond: (page) => okResponse(toPageView(page, toProductView)),
  errors: {},
});
