import * as routes from '../../../contracts/routes/reservation-routes.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { conflict, notOwner } from '../../../shared/http/problems.ts';
import { toReservationView } from '../../presenters/stock-views.ts';
import { commitForService } from '../../use-cases/reservations/commit-for-service.ts';
import { ownerFor } from '../../use-cases/reservations/owner-of-caller.ts';
import { stockStore } from '../../wiring.ts';

const store = stockStore();

export const handler = httpHandler(routes.createCommitment, {
  run: ({ params: { reservationId }, caller, correlationId, now }) =>
    commitForService(store, {
      reservationId,
      owner: ownerFor(reservationId, caller.id),
      by: caller.id,
      correlationId,
      now,
    }),
  respond: (reservation, { now }) => okResponse(toReservationView(reservation, now)),
  errors: {
    notOwner,
    expired: conflict('RESERVATION_EXPIRED', {
      detail:
        'The hold expired and its units are no longer available, or there was no hold. Refund the payment, or reserve again under a new id.',
      exposes: ['shortages'],
    }),
    released: conflict('RESERVATION_RELEASED', {
      detail: 'The reservation was released. Refund the payment, or reserve again under a new id.',
    }),
  },
});
