import { extendReservationRequest } from '../../../contracts/api/reservations.ts';
import * as routes from '../../../contracts/routes/reservation-routes.ts';
import { httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import {
  conflict,
  idempotencyKeyReused,
  notOwner,
  reservationNotFound,
} from '../../../shared/http/problems.ts';
import { toReservationView } from '../../presenters/stock-views.ts';
import { extendReservation } from '../../use-cases/reservations/change-reservation.ts';
import { ownerFor } from '../../use-cases/reservations/owner-of-caller.ts';
import { bucketSeconds, stockStore } from '../../wiring.ts';

const store = stockStore();
const holdGranularitySeconds = bucketSeconds();

export const handler = httpHandler(
  { ...routes.extendReservation, body: extendReservationRequest(holdGranularitySeconds) },
  {
    run: ({ params, body, caller, idempotency, correlationId, now }) =>
      extendReservation(store, {
        ...idempotency,
        reservationId: params.reservationId,
        holdSeconds: body.holdSeconds,
        bucketSeconds: holdGranularitySeconds,
        owner: ownerFor(params.reservationId, caller.id),
        by: caller.id,
        correlationId,
        now,
      }),
    respond: (reservation, { now }) => okResponse(toReservationView(reservation, now)),
    errors: {
      notFound: reservationNotFound,
      notOwner,
      expired: conflict('RESERVATION_EXPIRED', {
        detail:
          'The hold expired and its stock is no longer available. Reserve again under a new id.',
      }),
      notHeld: conflict('RESERVATION_NOT_HELD', {
        detail: 'Only a held reservation can be extended.',
        exposes: ['reservationStatus'],
      }),
      tooManyExtensions: conflict('EXTENSION_LIMIT', {
        detail: 'The hold has reached its maximum number of extensions.',
      }),
      keyReused: idempotencyKeyReused,
    },
  },
);
