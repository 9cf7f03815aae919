import { extendReservationRequest, ReservationPath } from '../../../contracts/inventory-api.ts';
import { httpHandler, ok } from '../../../shared/http/http-handler.ts';
import { conflict, idempotencyKeyReused, notFound } from '../../../shared/http/problem.ts';
import { toReservationView } from '../../presenters/stock-views.ts';
import { extendReservation } from '../../use-cases/reservations/change-reservation.ts';
import { slotSeconds, stockStore } from '../../wiring.ts';

const store = stockStore();
const slot = slotSeconds();

export const handler = httpHandler({
  path: ReservationPath,
  body: extendReservationRequest(slot),
  idempotent: true,
  run: ({ path, body, caller, idempotency, correlationId, now }) =>
    extendReservation(store, {
      ...idempotency,
      reservationId: path.reservationId,
      holdSeconds: body.holdSeconds,
      slotSeconds: slot,
      by: caller.id,
      correlationId,
      now,
    }),
  respond: (reservation, { now }) => ok(toReservationView(reservation, now)),
  refusals: {
    notFound: notFound('NOT_FOUND', { detail: 'There is no such reservation.' }),
    expired: conflict('RESERVATION_EXPIRED', { detail: 'The hold is over and its stock is gone.' }),
    notHeld: conflict('RESERVATION_NOT_HELD', {
      detail: 'Only a held reservation can be extended.',
      shows: ['reservationStatus'],
    }),
    tooManyExtensions: conflict('EXTENSION_LIMIT', { detail: 'This hold was extended too often.' }),
    keyReused: idempotencyKeyReused,
  },
});
