import { ProductPath, PutProductRequest } from '../../../contracts/orders-api.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { toProductView } from '../../presenters/order-views.ts';
import { putProduct } from '../../use-cases/read-orders.ts';
import { productStore } from '../../wiring.ts';

const products = productStore();

export const handler = httpHandler({
  path: ProductPath,
  body: PutProductRequest,
  run: ({ path, body }) => putProduct(products, { sku: path.sku, ...body }),
  respond: (product) => okResponse(toProductView(product)),
  errors: {},
});
