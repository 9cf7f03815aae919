import { ReservationPath } from '../../../contracts/inventory-api.ts';
import { httpHandler, ok } from '../../../shared/http/http-handler.ts';
import { notFound } from '../../../shared/http/problem.ts';
import { toReservationView } from '../../presenters/stock-views.ts';
import { getReservation } from '../../use-cases/stock/read-stock.ts';
import { stockReader } from '../../wiring.ts';

const reader = stockReader();

export const handler = httpHandler({
  path: ReservationPath,
  run: ({ path }) => getReservation(reader, path.reservationId),
  respond: (reservation, { now }) => ok(toReservationView(reservation, now)),
  refusals: { notFound: notFound('NOT_FOUND', { detail: 'There is no such reservation.' }) },
});
