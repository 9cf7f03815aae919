import { OrderEvents } from '../../../contracts/events.ts';
import { consumeBatch, queueHandler } from '../../../shared/events/queue-handler.ts';
import { shipReservations } from '../../use-cases/reservations/group-commit.ts';
import { stockStore } from '../../wiring.ts';

const store = stockStore();

export const handler = queueHandler({
  OrderFulfilled: consumeBatch(OrderEvents.OrderFulfilled, (events, now) =>
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
