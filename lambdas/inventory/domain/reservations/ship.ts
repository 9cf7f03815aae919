import type { ReservationStatus } from '../../../contracts/api/reservations.ts';
import {
  type CommandContext,
  type Decision,
  type ReservationState,
  rejectUnconfirmed,
} from '../ledger/decision.ts';
import type { Reservation } from '../ledger/reservation.ts';
import { openPartsOf, settleParts } from './parts.ts';
import { advanceReservation } from './reservation-step.ts';

export type ShipReservation = CommandContext & { readonly reservationId: string };
export type ShipError = {
  readonly kind: 'notCommitted';
  readonly status: ReservationStatus | 'UNKNOWN';
};

/** Takes all open units off the shelf. */
export function decideShip(
  state: ReservationState,
  command: ShipReservation,
): Decision<Reservation, ShipError> {
  const { reservation } = state;
  if (reservation?.status === 'FULFILLED') return { next: 'replay', value: reservation };
  if (reservation?.status !== 'COMMITTED') {
    return rejectUnconfirmed({ kind: 'notCommitted', status: reservation?.status ?? 'UNKNOWN' });
  }
  const settled = settleParts(state, reservation, 'ship', openPartsOf(reservation));
  const { after, change } = advanceReservation(reservation, { name: 'ship', ...settled }, command);
  return { next: 'commit', value: after, change };
}
