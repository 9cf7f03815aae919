import { ReceiveStockRequest, SkuPath } from '../../contracts/inventory-api.ts';
import { created, httpHandler } from '../../shared/http-handler.ts';
import { idempotencyKeyReused } from '../../shared/problem.ts';
import { skuNotCreated, skuTooLarge } from '../../shared/stock-problems.ts';
import { receiveStock } from '../use-cases/enter-stock.ts';
import { toEntryView } from '../use-cases/views.ts';
import { stockStore } from '../wiring.ts';

const store = stockStore();

export const handler = httpHandler({
  path: SkuPath,
  body: ReceiveStockRequest,
  idempotent: true,
  run: ({ path, body, caller, idempotency, correlationId, now }) =>
    receiveStock(store, { ...body, ...idempotency, sku: path.sku, by: caller.id, correlationId, now }),
  respond: (entry) => created(toEntryView(entry)),
  refusals: { keyReused: idempotencyKeyReused, notFound: skuNotCreated, ...skuTooLarge },
});
