import { InventoryEvents } from '../../contracts/events.ts';
import { on, queueHandler } from '../../shared/queue-handler.ts';
import { spreadStock } from '../use-cases/spread-stock.ts';
import { stockStore } from '../wiring.ts';

const store = stockStore();
const spread = ({ data: { sku }, correlationId }: SkuEvent, now: number) =>
  spreadStock(store, { sku, by: 'spread', correlationId, now });

type SkuEvent = { readonly data: { readonly sku: string }; readonly correlationId: string };

export const handler = queueHandler({
  StockShardsChanged: on(InventoryEvents.StockShardsChanged, spread),
  StockReceived: on(InventoryEvents.StockReceived, spread),
  StockReturned: on(InventoryEvents.StockReturned, spread),
});
