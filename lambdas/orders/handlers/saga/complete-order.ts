import { PaymentEvents } from '../../../contracts/events.ts';
import { consumeEach, queueHandler } from '../../../shared/events/queue-handler.ts';
import { completeOrder } from '../../use-cases/saga/saga-steps.ts';
import { orderStore } from '../../wiring.ts';

const ports = { orders: orderStore() };

export const handler = queueHandler({
  PaymentCaptured: consumeEach(
    PaymentEvents.PaymentCaptured,
    ({ data: { orderId, attempt } }, now) => completeOrder(ports, { orderId, attempt, now }),
  ),
});
