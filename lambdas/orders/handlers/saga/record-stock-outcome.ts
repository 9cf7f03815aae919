import { InventoryEvents } from '../../../contracts/events.ts';
import { consumeEach, queueHandler } from '../../../shared/events/queue-handler.ts';
import { recordStockOutcome } from '../../use-cases/saga/saga-steps.ts';
import { orderStore, sagaCallback } from '../../wiring.ts';

const ports = { orders: orderStore(), callback: sagaCallback() };

// Reservations without an order are none of the orders context's.
export const handler = queueHandler({
  StockCommitted: consumeEach(InventoryEvents.StockCommitted, async ({ data: { orderId } }, now) =>
    orderId === undefined
      ? undefined
      : recordStockOutcome(ports, { orderId, status: 'committed' }, now),
  ),
  StockCommitFailed: consumeEach(
    InventoryEvents.StockCommitFailed,
    async ({ data: { orderId, code } }, now) =>
      orderId === undefined
        ? undefined
        : recordStockOutcome(ports, { orderId, status: 'failed', code }, now),
  ),
});
