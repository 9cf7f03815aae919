import { PutStockRequest, SkuPath } from '../../contracts/inventory-api.ts';
import { created, httpHandler, ok } from '../../shared/http-handler.ts';
import { skuTooLarge } from '../../shared/stock-problems.ts';
import { putStock } from '../use-cases/enter-stock.ts';
import { toSettingsView } from '../use-cases/views.ts';
import { stockStore } from '../wiring.ts';

const store = stockStore();

export const handler = httpHandler({
  path: SkuPath,
  body: PutStockRequest,
  run: ({ path, body, caller, correlationId, now }) =>
    putStock(store, { ...body, sku: path.sku, by: caller.id, correlationId, now }),
  respond: ({ sku, isNew }) => (isNew ? created : ok)(toSettingsView(sku)),
  refusals: skuTooLarge,
});
