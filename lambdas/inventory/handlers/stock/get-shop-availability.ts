import * as routes from '../../../contracts/routes/storefront-routes.ts';
import { ok } from '../../../shared/core/result.ts';
import { cacheableResponse } from '../../../shared/http/cacheable-response.ts';
import { httpHandler } from '../../../shared/http/http-handler.ts';
import { readShopAvailability } from '../../use-cases/stock/read-shop-availability.ts';
import { stockLevelStore } from '../../wiring.ts';

const store = stockLevelStore();

export const handler = httpHandler(routes.getShopAvailability, {
  run: async ({ query, now }) => ok(await readShopAvailability(store, query.skus, now)),
  // A later time of the read alone does not change the ETag.
  respond: (view) => cacheableResponse(view, view.items, routes.getShopAvailability.cacheControl),
  errors: {},
});
