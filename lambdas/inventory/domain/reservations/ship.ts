import { accepted, refused } from '../../../shared/core/result.ts';
import { takeCommitted } from '../ledger/cell-change.ts';
import {
  type BookState,
  type CommandContext,
  type Decision,
  knownCell,
} from '../ledger/decision.ts';
import { OUTSIDE } from '../ledger/movement.ts';
import type { Reservation, ReservationStatus } from '../ledger/reservation.ts';
import { stepOf } from './reservation-step.ts';

export type ShipReservation = CommandContext & { readonly reservationId: string };
export type ShipRefusal = {
  readonly kind: 'notCommitted';
  readonly status: ReservationStatus | 'UNKNOWN';
};

/** The units leave the shelf. Only what was committed can be shipped. */
export function decideShip(
  state: BookState,
  command: ShipReservation,
): Decision<Reservation, ShipRefusal> {
  const { reservation } = state;
  if (reservation?.status === 'FULFILLED') return accepted({ value: reservation });
  if (reservation?.status !== 'COMMITTED') {
    return refused({ kind: 'notCommitted', status: reservation?.status ?? 'UNKNOWN' });
  }
  const plans = reservation.lines.map((line) =>
    takeCommitted(knownCell(state, line), line.quantity, 'SHIPPED', OUTSIDE),
  );
  const { after, change } = stepOf(
    reservation,
    { name: 'ship', plans, changes: { status: 'FULFILLED' } },
    command,
  );
  return accepted({ value: after, change });
}
