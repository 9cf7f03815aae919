import { InventoryEvents } from '../../../contracts/events.ts';
import { systemClock } from '../../../shared/core/clock.ts';
import { onAll, queueHandler } from '../../../shared/events/queue-handler.ts';
import { spreadStocks } from '../../use-cases/sharding/spread-stock.ts';
import { stockStore } from '../../wiring.ts';

const store = stockStore();

type SkuEvent = { readonly data: { readonly sku: string }; readonly correlationId: string };
const spread = (events: readonly SkuEvent[], now: number) =>
  spreadStocks(
    store,
    events.map(({ data: { sku }, correlationId }) => ({ sku, by: 'spread', correlationId, now })),
    systemClock,
  );

export const handler = queueHandler({
  StockShardsChanged: onAll(InventoryEvents.StockShardsChanged, spread),
  StockConsolidationRequested: onAll(InventoryEvents.StockConsolidationRequested, spread),
  StockReceived: onAll(InventoryEvents.StockReceived, spread),
  StockReturned: onAll(InventoryEvents.StockReturned, spread),
});
