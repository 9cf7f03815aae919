import * as routes from '../../../contracts/routes/reservation-routes.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { conflict, notOwner } from '../../../shared/http/problems.ts';
import { toReservationView } from '../../presenters/stock-views.ts';
import { releaseReservation } from '../../use-cases/reservations/change-reservation.ts';
import { ownerFor } from '../../use-cases/reservations/owner-of-caller.ts';
import { stockStore } from '../../wiring.ts';

const store = stockStore();

export const handler = httpHandler(routes.releaseReservation, {
  run: ({ params, caller, correlationId, now }) =>
    releaseReservation(store, {
      reservationId: params.reservationId,
      owner: ownerFor(params.reservationId, caller.id),
      by: caller.id,
      correlationId,
      now,
    }),
  respond: (reservation, { now }) => okResponse(toReservationView(reservation, now)),
  errors: {
    notOwner,
    alreadyFulfilled: conflict('ALREADY_FULFILLED', {
      detail: 'The units were shipped and can no longer be released.',
    }),
  },
});
