import { HOLD_SECONDS_DEFAULT, reserveStockRequest } from '../../../contracts/api/reservations.ts';
import * as routes from '../../../contracts/routes/reservation-routes.ts';
import { createdResponse, httpHandler, okResponse } from '../../../shared/http/http-handler.ts';
import {
  conflict,
  idempotencyKeyReused,
  insufficientStock,
  notAPickupLocation,
  notFound,
  notOwner,
  stockTooFragmented,
  unknownSku,
  unprocessableContent,
} from '../../../shared/http/problems.ts';
import { toReservationView } from '../../presenters/stock-views.ts';
import { ownerFor } from '../../use-cases/reservations/owner-of-caller.ts';
import { reserveStock } from '../../use-cases/reservations/reserve-stock.ts';
import { bucketSeconds, metrics, reserveCache, stockStore } from '../../wiring.ts';

const store = stockStore();
const holdGranularitySeconds = bucketSeconds();
const cache = reserveCache();

export const handler = httpHandler(
  { ...routes.reserveStock, body: reserveStockRequest(holdGranularitySeconds) },
  {
    run: ({ params, body, caller, idempotency, correlationId, now }) =>
      reserveStock(
        store,
        {
          ...body,
          reservationId: params.reservationId,
          holdSeconds: body.holdSeconds ?? HOLD_SECONDS_DEFAULT,
          bucketSeconds: holdGranularitySeconds,
          fingerprint: idempotency.fingerprint,
          owner: ownerFor(params.reservationId, caller.id),
          by: caller.id,
          correlationId,
          now,
        },
        cache,
      ),
    respond: ({ reservation, isRepeat }, { now }) =>
      (isRepeat ? okResponse : createdResponse)(toReservationView(reservation, now)),
    metrics: { writer: metrics(), errors: { insufficientStock: 'HoldsRejected' } },
    errors: {
      insufficientStock,
      stockTooFragmented,
      unknownSku,
      notOwner,
      unknownLocation: notFound('UNKNOWN_LOCATION', {
        detail:
          'A line names a location without a record. Create it with PUT /locations/{locationId}. Nothing was changed.',
        exposes: ['locationIds'],
      }),
      notAPickupLocation,
      conflictingSources: unprocessableContent('CONFLICTING_SOURCES', {
        detail:
          'Two lines of one SKU have different sources in "from". Send one line for each SKU. Nothing was changed.',
        exposes: ['skus'],
      }),
      keyReused: idempotencyKeyReused,
      alreadyReleased: conflict('RESERVATION_RELEASED', {
        detail: 'This reservation was released before it was made. Reserve under a new id.',
      }),
    },
  },
);
