import type { Shortage } from '../../../contracts/api/reservations.ts';
import { availableUnits } from '../ledger/allocation.ts';
import { type CellPlan, takeAvailable, takeHeld } from '../ledger/cell-plan.ts';
import {
  type CommandContext,
  type Decision,
  type ReservationState,
  requireCell,
} from '../ledger/decision.ts';
import { COMMITTED } from '../ledger/movement.ts';
import type { CommitFailure, Owner, Reservation } from '../ledger/reservation.ts';
import { lateShortagesOf, transferForLateCommit } from './late-commit-transfer.ts';
import { planReleaseOfHeld } from './release.ts';
import { advanceReservation, createTombstone } from './reservation-step.ts';

export type CommitReservation = CommandContext & {
  readonly reservationId: string;
  readonly orderId?: string | undefined;
  /** Party that sends the command; by default orders. */
  readonly owner?: Owner | undefined;
};

/**
 * Commits the units of a confirmed order. The clock does not matter: units come from the held
 * bucket while it has not expired, else from `available` where that suffices (late commit);
 * otherwise the reservation expires. Never rejects: a failed commit is recorded and published, so
 * that the saga can continue.
 */
export function decideCommit(
  state: ReservationState,
  command: CommitReservation,
): Decision<Reservation, never> {
  const { reservation } = state;
  if (reservation === undefined) {
    const changes = {
      status: 'EXPIRED',
      commitFailure: createCommitFailure('RESERVATION_UNKNOWN'),
    } as const;
    const { after, change } = createTombstone({ ...command, changes }, command);
    return { next: 'commit', value: after, change };
  }
  switch (reservation.status) {
    case 'COMMITTED':
    case 'FULFILLED':
      return { next: 'replay', value: reservation };
    case 'RELEASED':
    case 'EXPIRED':
      return recordCommitFailure(reservation, command);
    case 'HELD':
      return commitHeld(state, reservation, command);
  }
}

function commitHeld(
  state: ReservationState,
  reservation: Reservation,
  command: CommitReservation,
): Decision<Reservation, never> {
  const { lines, heldUntil: bucket } = reservation;
  if (bucket === undefined)
    throw new Error(`HELD reservation ${reservation.reservationId} has no bucket`);
  const plans: CellPlan[] = [];
  const shortages: Shortage[] = [];
  for (const line of lines) {
    const { sku, quantity } = line;
    const cell = requireCell(state, line);
    if (cell.expiredThrough < bucket) {
      plans.push(takeHeld(cell, { bucket, quantity, kind: 'COMMITTED', to: COMMITTED }));
      continue;
    }
    const plan = takeAvailable(cell, {
      quantity,
      kind: 'COMMITTED',
      to: COMMITTED,
      now: command.now,
      guard: { expiredThroughMin: bucket },
    });
    if (plan !== undefined) plans.push(plan);
    else
      shortages.push({
        sku,
        requested: quantity,
        available: availableUnits([cell], command.now),
      });
  }
  if (shortages.length > 0) return expireUnlessCovered(state, reservation, shortages, command);
  const step = { name: 'commit', plans, changes: { status: 'COMMITTED' } } as const;
  const { after, change } = advanceReservation(reservation, step, command);
  return { next: 'commit', value: after, change };
}

/** A late commit takes safety stock too: the order is paid. */
const TAKES_FLOOR = { keepsFloor: false } as const;

/** Brings units from other cells of the SKUs. Where they have too few, the reservation expires. */
function expireUnlessCovered(
  state: ReservationState,
  reservation: Reservation,
  shortages: readonly Shortage[],
  command: CommitReservation,
): Decision<Reservation, never> {
  if (!state.isComplete) return { next: 'readAll' };
  const transfer = transferForLateCommit(state, command, TAKES_FLOOR);
  if (transfer !== undefined) return { next: 'prepare', change: transfer };
  const commitFailure = createCommitFailure('RESERVATION_EXPIRED', shortages);
  const step = {
    name: 'expire',
    plans: planReleaseOfHeld(state, reservation),
    changes: { status: 'EXPIRED', commitFailure },
  } as const;
  const { after, change } = advanceReservation(reservation, step, command);
  const unconfirmed = lateShortagesOf(state, reservation, command, TAKES_FLOOR);
  return { next: 'commit', value: after, change, unconfirmed };
}

/** Records the failure once, so that it is published once. No unit moves. */
function recordCommitFailure(
  reservation: Reservation,
  command: CommitReservation,
): Decision<Reservation, never> {
  if (reservation.commitFailure !== undefined) return { next: 'replay', value: reservation };
  const code = reservation.status === 'RELEASED' ? 'RESERVATION_RELEASED' : 'RESERVATION_EXPIRED';
  const orderId = reservation.orderId ?? command.orderId;
  const changes = {
    status: reservation.status,
    commitFailure: createCommitFailure(code),
    ...(orderId === undefined ? {} : { orderId }),
  };
  const { after, change } = advanceReservation(
    reservation,
    { name: 'rejectCommit', plans: [], changes },
    command,
  );
  return { next: 'commit', value: after, change };
}

const createCommitFailure = (
  code: CommitFailure['code'],
  shortages: readonly Shortage[] = [],
): CommitFailure => ({
  code,
  shortages,
});
