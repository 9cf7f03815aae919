import { accepted } from '../../../shared/core/result.ts';
import { type CellPlan, takeAvailable, takeHeld } from '../ledger/cell-change.ts';
import type { Change } from '../ledger/change.ts';
import {
  type BookState,
  type CommandContext,
  type Decision,
  knownCell,
} from '../ledger/decision.ts';
import { COMMITTED } from '../ledger/movement.ts';
import type { CommitFailure, Reservation, Shortage } from '../ledger/reservation.ts';
import { plansToUnhold } from './release.ts';
import { markOf, stepOf } from './reservation-step.ts';

export type CommitReservation = CommandContext & {
  readonly reservationId: string;
  readonly orderId?: string | undefined;
};

/**
 * The order is confirmed: its units are taken for good. It looks at no clock: from the held slot while that was not folded,
 * else from `available` when that suffices (late rescue), else the reservation has expired. Each outcome is written, and so
 * published: the saga waits for it. It refuses nothing: a failure is an outcome here.
 */
export function decideCommit(
  state: BookState,
  command: CommitReservation,
): Decision<Reservation, never> {
  const { reservation } = state;
  if (reservation === undefined) {
    const changes = { status: 'EXPIRED', commitFailure: failure('RESERVATION_UNKNOWN') } as const;
    const { after, change } = markOf({ ...command, changes }, command);
    return accepted({ value: after, change });
  }
  switch (reservation.status) {
    case 'COMMITTED':
    case 'FULFILLED':
      return accepted({ value: reservation });
    case 'RELEASED':
    case 'EXPIRED':
      return refuseOnce(reservation, command);
    case 'HELD':
      return commitHeld(state, reservation, command);
  }
}

function commitHeld(
  state: BookState,
  reservation: Reservation,
  command: CommitReservation,
): Decision<Reservation, never> {
  const { lines, heldUntil: slot } = reservation;
  if (slot === undefined)
    throw new Error(`HELD reservation ${reservation.reservationId} has no slot`);
  const plans: CellPlan[] = [];
  const shortages: Shortage[] = [];
  for (const line of lines) {
    const cell = knownCell(state, line);
    if (cell.foldedThrough < slot) {
      plans.push(takeHeld(cell, slot, line.quantity, 'COMMITTED', COMMITTED));
      continue;
    }
    const taken = takeAvailable(cell, line.quantity, 'COMMITTED', COMMITTED, command.now, {
      folded: slot,
    });
    if (taken.ok) plans.push(taken.plan);
    else shortages.push({ sku: line.sku, requested: line.quantity, available: taken.available });
  }
  const step =
    shortages.length === 0
      ? ({ name: 'commit', plans, changes: { status: 'COMMITTED' } } as const)
      : ({
          name: 'expire',
          plans: plansToUnhold(state, reservation),
          changes: { status: 'EXPIRED', commitFailure: failure('RESERVATION_EXPIRED', shortages) },
        } as const);
  const { after, change } = stepOf(reservation, step, command);
  return accepted({ value: after, change });
}

/** True for the change by which a reservation expires, for its units are there no more. */
export const givesUp = (change: Change | undefined): boolean =>
  change?.marker?.kind === 'reservation' &&
  (change.marker.after.commitFailure?.shortages.length ?? 0) > 0;

/** The refusal is written once, so that it is published once; nothing moves. */
function refuseOnce(
  reservation: Reservation,
  command: CommitReservation,
): Decision<Reservation, never> {
  if (reservation.commitFailure !== undefined) return accepted({ value: reservation });
  const code = reservation.status === 'RELEASED' ? 'RESERVATION_RELEASED' : 'RESERVATION_EXPIRED';
  const orderId = reservation.orderId ?? command.orderId;
  const changes = {
    status: reservation.status,
    commitFailure: failure(code),
    ...(orderId === undefined ? {} : { orderId }),
  };
  const { after, change } = stepOf(reservation, { name: 'refuse', plans: [], changes }, command);
  return accepted({ value: after, change });
}

const failure = (
  code: CommitFailure['code'],
  shortages: readonly Shortage[] = [],
): CommitFailure => ({
  code,
  shortages,
});
