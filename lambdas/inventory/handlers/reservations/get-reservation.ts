import * as routes from '../../../contracts/routes/reservation-routes.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { reservationNotFound } from '../../../shared/http/problems.ts';
import { toReservationView } from '../../presenters/stock-views.ts';
import { getReservation } from '../../use-cases/stock/read-stock.ts';
import { stockReader } from '../../wiring.ts';

const reader = stockReader();

export const handler = httpHandler(routes.getReservation, {
  run: ({ params }) => getReservation(reader, params.reservationId),
  respond: (reservation, { now }) => okResponse(toReservationView(reservation, now)),
  errors: { notFound: reservationNotFound },
});
