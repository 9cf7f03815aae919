import { OrderEvents } from '../../../contracts/events.ts';
import { consumeBatch, queueHandler } from '../../../shared/events/queue-handler.ts';
import { commitReservations } from '../../use-cases/reservations/group-commit.ts';
import { stockStore } from '../../wiring.ts';

const store = stockStore();

export const handler = queueHandler({
  OrderConfirmed: consumeBatch(OrderEvents.OrderConfirmed, (events, now) =>
    commitReservations(
      store,
      events.map(({ data: { orderId }, correlationId }) => ({
        reservationId: orderId,
        orderId,
        by: 'OrderConfirmed',
        correlationId,
        now,
      })),
    ),
  ),
});
