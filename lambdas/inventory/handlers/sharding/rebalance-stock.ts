import { InventoryEvents } from '../../../contracts/events.ts';
import { systemClock } from '../../../shared/core/clock.ts';
import { consumeBatch, queueHandler } from '../../../shared/events/queue-handler.ts';
import { rebalanceStocks } from '../../use-cases/sharding/rebalance-stock.ts';
import { stockStore } from '../../wiring.ts';

const store = stockStore();

type SkuEvent = { readonly data: { readonly sku: string }; readonly correlationId: string };
const rebalance = (events: readonly SkuEvent[], now: number) =>
  rebalanceStocks(
    store,
    events.map(({ data: { sku }, correlationId }) => ({
      sku,
      by: 'rebalance',
      correlationId,
      now,
    })),
    systemClock,
  );

export const handler = queueHandler({
  StockShardsChanged: consumeBatch(InventoryEvents.StockShardsChanged, rebalance),
  StockConsolidationRequested: consumeBatch(InventoryEvents.StockConsolidationRequested, rebalance),
  StockReceived: consumeBatch(InventoryEvents.StockReceived, rebalance),
  StockReturned: consumeBatch(InventoryEvents.StockReturned, rebalance),
});
