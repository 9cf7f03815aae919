import { OrderEvents } from '../../contracts/events.ts';
import { on, queueHandler } from '../../shared/queue-handler.ts';
import { shipReservation } from '../use-cases/change-reservation.ts';
import { stockStore } from '../wiring.ts';

const store = stockStore();

export const handler = queueHandler({
  OrderFulfilled: on(OrderEvents.OrderFulfilled, ({ data: { orderId }, correlationId }, now) =>
    shipReservation(store, { reservationId: orderId, by: 'OrderFulfilled', correlationId, now }),
  ),
});
