import { InventoryEvents } from '../../../contracts/events.ts';
import { on, queueHandler } from '../../../shared/events/queue-handler.ts';
import { recordStockAnswer } from '../../use-cases/saga-steps.ts';
import { orderStore, waitingSaga } from '../../wiring.ts';

const ports = { orders: orderStore(), waiting: waitingSaga() };

// A reservation that no order made is not orders' concern.
export const handler = queueHandler({
  StockCommitted: on(InventoryEvents.StockCommitted, async ({ data: { orderId } }, now) =>
    orderId === undefined
      ? undefined
      : recordStockAnswer(ports, { orderId, outcome: 'committed' }, now),
  ),
  StockCommitFailed: on(
    InventoryEvents.StockCommitFailed,
    async ({ data: { orderId, code } }, now) =>
      orderId === undefined
        ? undefined
        : recordStockAnswer(ports, { orderId, outcome: 'failed', code }, now),
  ),
});
