import { OrderEvents } from '../../contracts/events.ts';
import { on, queueHandler } from '../../shared/queue-handler.ts';
import { commitReservation } from '../use-cases/change-reservation.ts';
import { stockStore } from '../wiring.ts';

const store = stockStore();

export const handler = queueHandler({
  OrderConfirmed: on(OrderEvents.OrderConfirmed, ({ data: { orderId }, correlationId }, now) =>
    commitReservation(store, { reservationId: orderId, orderId, by: 'OrderConfirmed', correlationId, now }),
  ),
});
