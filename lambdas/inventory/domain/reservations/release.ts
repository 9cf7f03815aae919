import { type CellPlan, takeHeld } from '../ledger/cell-plan.ts';
import {
  type CommandContext,
  type Decision,
  type ReservationState,
  reject,
  requireCell,
} from '../ledger/decision.ts';
import { AVAILABLE } from '../ledger/movement.ts';
import type { Owner, Reservation } from '../ledger/reservation.ts';
import { openPartsOf, settleParts } from './parts.ts';
import { advanceReservation, createTombstone } from './reservation-step.ts';

export type ReleaseReservation = CommandContext & {
  readonly reservationId: string;
  /** Party that sends the command; by default orders. */
  readonly owner?: Owner | undefined;
};
export type ReleaseError = { readonly kind: 'alreadyFulfilled' };

/**
 * Makes all open units available again, whether they were held or committed. A release that arrives
 * before its reserve leaves a tombstone, which rejects the late reserve.
 */
export function decideRelease(
  state: ReservationState,
  command: ReleaseReservation,
): Decision<Reservation, ReleaseError> {
  const { reservation } = state;
  if (reservation === undefined) {
    const { after, change } = createTombstone(
      {
        reservationId: command.reservationId,
        owner: command.owner,
        changes: { status: 'RELEASED' },
      },
      command,
    );
    return { next: 'commit', value: after, change };
  }
  switch (reservation.status) {
    case 'RELEASED':
    case 'EXPIRED':
      return { next: 'replay', value: reservation };
    case 'FULFILLED':
      // A release after the shipment of a part ends as FULFILLED, and this may be its repeat.
      return reservation.lines.some(({ released = 0 }) => released > 0)
        ? { next: 'replay', value: reservation }
        : reject({ kind: 'alreadyFulfilled' });
    case 'HELD': {
      const step = {
        name: 'release',
        plans: planReleaseOfHeld(state, reservation),
        changes: { status: 'RELEASED' },
      } as const;
      const { after, change } = advanceReservation(reservation, step, command);
      return { next: 'commit', value: after, change };
    }
    case 'COMMITTED': {
      const settled = settleParts(state, reservation, 'release', openPartsOf(reservation));
      const { after, change } = advanceReservation(
        reservation,
        { name: 'release', ...settled },
        command,
      );
      return { next: 'commit', value: after, change };
    }
  }
}

/** Plans to return held units. Units of an expired bucket are back already. */
export function planReleaseOfHeld(
  state: ReservationState,
  { lines, heldUntil: bucket }: Reservation,
): CellPlan[] {
  if (bucket === undefined) return [];
  return lines.flatMap((line) => {
    const cell = requireCell(state, line);
    return cell.expiredThrough < bucket
      ? [takeHeld(cell, { bucket, quantity: line.quantity, kind: 'RELEASED', to: AVAILABLE })]
      : [];
  });
}
