import { InventoryEvents } from '../../../contracts/events.ts';
import { consumeEach, queueHandler } from '../../../shared/events/queue-handler.ts';
import { recordStockOutcome } from '../../use-cases/saga/saga-steps.ts';
import { orderStore, sagaCallback } from '../../wiring.ts';

const ports = { orders: orderStore(), callback: sagaCallback() };

export const handler = queueHandler({
  StockCommitted: consumeEach(InventoryEvents.StockCommitted, ({ data }, now) =>
    recordStockOutcome(ports, { ...data, status: 'committed' }, now),
  ),
  StockCommitFailed: consumeEach(InventoryEvents.StockCommitFailed, ({ data }, now) =>
    recordStockOutcome(ports, { ...data, status: 'failed' }, now),
  ),
});
