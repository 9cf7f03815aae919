import { ReservationPath } from '../../contracts/inventory-api.ts';
import { httpHandler, ok } from '../../shared/http-handler.ts';
import { conflict } from '../../shared/problem.ts';
import { releaseReservation } from '../use-cases/change-reservation.ts';
import { toReservationView } from '../use-cases/views.ts';
import { stockStore } from '../wiring.ts';

const store = stockStore();

export const handler = httpHandler({
  path: ReservationPath,
  run: ({ path, caller, correlationId, now }) =>
    releaseReservation(store, { reservationId: path.reservationId, by: caller.id, correlationId, now }),
  respond: (reservation, { now }) => ok(toReservationView(reservation, now)),
  refusals: {
    fulfilled: conflict('ALREADY_FULFILLED', { detail: 'The units were shipped; they cannot be released.' }),
  },
});
