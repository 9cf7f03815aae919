import { ReservationPath } from '../../../contracts/inventory-api.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { notFound } from '../../../shared/http/problem-details.ts';
import { toReservationView } from '../../presenters/stock-views.ts';
import { getReservation } from '../../use-cases/stock/read-stock.ts';
import { stockReader } from '../../wiring.ts';

const reader = stockReader();

export const handler = httpHandler({
  path: ReservationPath,
  run: ({ path }) => getReservation(reader, path.reservationId),
  respond: (reservation, { now }) => okResponse(toReservationView(reservation, now)),
  errors: { notFound: notFound('NOT_FOUND', { detail: 'There is no such reservation.' }) },
});
