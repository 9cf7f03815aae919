import * as routes from '../../../contracts/routes/reservation-routes.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import { partStepProblems } from '../../../shared/http/problems.ts';
import { toReservationView } from '../../presenters/stock-views.ts';
import { takePartStep } from '../../use-cases/reservations/change-reservation.ts';
import { ownerFor } from '../../use-cases/reservations/owner-of-caller.ts';
import { stockStore } from '../../wiring.ts';

const store = stockStore();

export const handler = httpHandler(routes.createShipment, {
  run: ({ params: { reservationId }, body, caller, idempotency, correlationId, now }) =>
    takePartStep(store, {
      ...body,
      reservationId,
      kind: 'ship',
      fingerprint: idempotency.fingerprint,
      owner: ownerFor(reservationId, caller.id),
      by: caller.id,
      correlationId,
      now,
    }),
  respond: (reservation, { now }) => okResponse(toReservationView(reservation, now)),
  errors: partStepProblems,
});
