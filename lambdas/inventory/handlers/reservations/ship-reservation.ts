import { OrderEvents } from '../../../contracts/events.ts';
import { onAll, queueHandler } from '../../../shared/events/queue-handler.ts';
import { shipReservations } from '../../use-cases/reservations/settle-reservations.ts';
import { stockStore } from '../../wiring.ts';

const store = stockStore();

export const handler = queueHandler({
  OrderFulfilled: onAll(OrderEvents.OrderFulfilled, (events, now) =>
    shipReservations(
      store,
      events.map(({ data: { orderId }, correlationId }) => ({
        reservationId: orderId,
        by: 'OrderFulfilled',
        correlationId,
        now,
      })),
    ),
  ),
});
