import { PatchStockRequest, SkuPath } from '../../contracts/inventory-api.ts';
import { httpHandler, ok } from '../../shared/http-handler.ts';
import { skuNotCreated, skuTooLarge } from '../../shared/stock-problems.ts';
import { patchStock } from '../use-cases/enter-stock.ts';
import { toSettingsView } from '../use-cases/views.ts';
import { stockStore } from '../wiring.ts';

const store = stockStore();

export const handler = httpHandler({
  path: SkuPath,
  body: PatchStockRequest,
  run: ({ path, body, caller, correlationId, now }) =>
    patchStock(store, { ...body, sku: path.sku, by: caller.id, correlationId, now }),
  respond: ({ sku }) => ok(toSettingsView(sku)),
  refusals: { notFound: skuNotCreated, ...skuTooLarge },
});
