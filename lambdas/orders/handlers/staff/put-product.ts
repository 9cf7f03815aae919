import * as routes from '../../../contracts/routes/product-routes.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { toProductView } from '../../presenters/order-views.ts';
import { putProduct } from '../../use-cases/read-orders.ts';
import { productStore } from '../../wiring.ts';

const products = productStore();

export const handler = httpHandler(routes.putProduct, {
  run: ({ params, body }) => putProduct(products, { sku: params.sku, ...body }),
  respond: (product) => okResponse(toProductView(product)),
  errors: {},
});
