import { accepted, refused } from '../../../shared/core/result.ts';
import { type CellPlan, takeCommitted, takeHeld } from '../ledger/cell-change.ts';
import {
  type BookState,
  type CommandContext,
  type Decision,
  knownCell,
} from '../ledger/decision.ts';
import { AVAILABLE } from '../ledger/movement.ts';
import type { Reservation } from '../ledger/reservation.ts';
import { markOf, stepOf } from './reservation-step.ts';

export type ReleaseReservation = CommandContext & { readonly reservationId: string };
export type ReleaseRefusal = { readonly kind: 'fulfilled' };

/**
 * The units are available again, whether they were held or committed. Before its reserve it leaves a tombstone, so that the
 * late reserve is refused.
 */
export function decideRelease(
  state: BookState,
  command: ReleaseReservation,
): Decision<Reservation, ReleaseRefusal> {
  const { reservation } = state;
  if (reservation === undefined) {
    const { after, change } = markOf(
      { reservationId: command.reservationId, changes: { status: 'RELEASED' } },
      command,
    );
    return accepted({ value: after, change });
  }
  switch (reservation.status) {
    case 'RELEASED':
    case 'EXPIRED':
      return accepted({ value: reservation });
    case 'FULFILLED':
      return refused({ kind: 'fulfilled' });
    case 'HELD': {
      const step = {
        name: 'release',
        plans: plansToUnhold(state, reservation),
        changes: { status: 'RELEASED' },
      } as const;
      const { after, change } = stepOf(reservation, step, command);
      return accepted({ value: after, change });
    }
    case 'COMMITTED': {
      const plans = reservation.lines.map((line) =>
        takeCommitted(knownCell(state, line), line.quantity, 'RELEASED', AVAILABLE),
      );
      const { after, change } = stepOf(
        reservation,
        { name: 'release', plans, changes: { status: 'RELEASED' } },
        command,
      );
      return accepted({ value: after, change });
    }
  }
}

/** Held units go back, but for those whose slot was folded: they are back already. */
export function plansToUnhold(
  state: BookState,
  { lines, heldUntil: slot }: Reservation,
): CellPlan[] {
  if (slot === undefined) return [];
  return lines.flatMap((line) => {
    const cell = knownCell(state, line);
    return cell.foldedThrough < slot
      ? [takeHeld(cell, slot, line.quantity, 'RELEASED', AVAILABLE)]
      : [];
  });
}
