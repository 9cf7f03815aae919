import { PatchStockRequest, SkuPath } from '../../../contracts/inventory-api.ts';
import { httpHandler, ok } from '../../../shared/http/http-handler.ts';
import { skuNotCreated, skuTooLarge } from '../../../shared/http/stock-problems.ts';
import { toSettingsView } from '../../presenters/stock-views.ts';
import { patchStock } from '../../use-cases/stock/enter-stock.ts';
import { stockStore } from '../../wiring.ts';

const store = stockStore();

export const handler = httpHandler({
  path: SkuPath,
  body: PatchStockRequest,
  run: ({ path, body, caller, correlationId, now }) =>
    patchStock(store, { ...body, sku: path.sku, by: caller.id, correlationId, now }),
  respond: ({ sku }) => ok(toSettingsView(sku)),
  refusals: { notFound: skuNotCreated, ...skuTooLarge },
});
