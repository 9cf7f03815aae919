import {
  HOLD_SECONDS_DEFAULT,
  ReservationPath,
  reserveStockRequest,
} from '../../../contracts/inventory-api.ts';
import { chance } from '../../../shared/core/chance.ts';
import { created, httpHandler, ok } from '../../../shared/http/http-handler.ts';
import { conflict, idempotencyKeyReused } from '../../../shared/http/problem.ts';
import {
  insufficientStock,
  tooManyParts,
  unknownSku,
} from '../../../shared/http/stock-problems.ts';
import { toReservationView } from '../../presenters/stock-views.ts';
import { ReserveMemory } from '../../use-cases/reservations/reserve-memory.ts';
import { reserveStock } from '../../use-cases/reservations/reserve-stock.ts';
import { metrics, slotSeconds, stockStore } from '../../wiring.ts';

const store = stockStore();
const slot = slotSeconds();
/** Of this instance of the function, between its requests. */
export const memory = new ReserveMemory(chance);

export const handler = httpHandler({
  path: ReservationPath,
  body: reserveStockRequest(slot),
  run: ({ path, body, caller, idempotency, correlationId, now }) =>
    reserveStock(
      store,
      {
        ...body,
        reservationId: path.reservationId,
        holdSeconds: body.holdSeconds ?? HOLD_SECONDS_DEFAULT,
        slotSeconds: slot,
        fingerprint: idempotency.fingerprint,
        by: caller.id,
        correlationId,
        now,
      },
      memory,
    ),
  respond: ({ reservation, repeated }, { now }) =>
    (repeated ? ok : created)(toReservationView(reservation, now)),
  counted: { metrics: metrics(), refusals: { insufficientStock: 'HoldsRefused' } },
  refusals: {
    insufficientStock,
    tooManyParts,
    unknownSku,
    keyReused: idempotencyKeyReused,
    released: conflict('RESERVATION_RELEASED', {
      detail: 'This reservation was released before it was made.',
    }),
  },
});
