import { ProductPath, PutProductRequest } from '../../contracts/orders-api.ts';
import { httpHandler, ok } from '../../shared/http-handler.ts';
import { putProduct } from '../use-cases/read-orders.ts';
import { toProductView } from '../use-cases/views.ts';
import { productStore } from '../wiring.ts';

const products = productStore();

export const handler = httpHandler({
  path: ProductPath,
  body: PutProductRequest,
  run: ({ path, body }) => putProduct(products, { sku: path.sku, ...body }),
  respond: (product) => ok(toProductView(product)),
  refusals: {},
});
