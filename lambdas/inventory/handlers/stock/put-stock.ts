import { PutStockRequest, SkuPath } from '../../../contracts/inventory-api.ts';
import { created, httpHandler, ok } from '../../../shared/http/http-handler.ts';
import { skuTooLarge } from '../../../shared/http/stock-problems.ts';
import { toSettingsView } from '../../presenters/stock-views.ts';
import { putStock } from '../../use-cases/stock/enter-stock.ts';
import { stockStore } from '../../wiring.ts';

const store = stockStore();

export const handler = httpHandler({
  path: SkuPath,
  body: PutStockRequest,
  run: ({ path, body, caller, correlationId, now }) =>
    putStock(store, { ...body, sku: path.sku, by: caller.id, correlationId, now }),
  respond: ({ sku, isNew }) => (isNew ? created : ok)(toSettingsView(sku)),
  refusals: skuTooLarge,
});
