import { ReservationPath } from '../../contracts/inventory-api.ts';
import { httpHandler, ok } from '../../shared/http-handler.ts';
import { notFound } from '../../shared/problem.ts';
import { getReservation } from '../use-cases/read-stock.ts';
import { toReservationView } from '../use-cases/views.ts';
import { stockReader } from '../wiring.ts';

const reader = stockReader();

export const handler = httpHandler({
  path: ReservationPath,
  run: ({ path }) => getReservation(reader, path.reservationId),
  respond: (reservation, { now }) => ok(toReservationView(reservation, now)),
  refusals: { notFound: notFound('NOT_FOUND', { detail: 'There is no such reservation.' }) },
});
