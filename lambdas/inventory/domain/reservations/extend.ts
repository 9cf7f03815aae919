import type { ReservationStatus } from '../../../contracts/api/reservations.ts';
import { type CellPlan, takeAvailable, takeHeld } from '../ledger/cell-plan.ts';
import {
  bucketFor,
  type CommandContext,
  type Decision,
  type ReservationState,
  reject,
  rejectUnconfirmed,
  requireCell,
} from '../ledger/decision.ts';
import { heldInBucket } from '../ledger/movement.ts';
import type { Owner, Reservation } from '../ledger/reservation.ts';
import { lateShortagesOf, transferForLateCommit } from './late-commit-transfer.ts';
import { advanceReservation } from './reservation-step.ts';

/** Maximum extensions of a hold. After them it must be paid, or it expires. */
export const EXTENSIONS_MAX = 50;

export type ExtendReservation = CommandContext & {
  readonly holdSeconds: number;
  readonly bucketSeconds: number;
  readonly operationId: string;
  readonly fingerprint: string;
  /** Party that sends the command; by default orders. */
  readonly owner?: Owner | undefined;
};

export type ExtendError =
  | { readonly kind: 'notFound' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'notHeld'; readonly reservationStatus: ReservationStatus }
  | { readonly kind: 'tooManyExtensions' }
  | { readonly kind: 'keyReused' };

/**
 * Moves the expiry of a hold to a later bucket, never to an earlier one. An expired hold is held
 * again while its units are there: from its bucket while that has not expired, else from the
 * available units above the safety stock.
 */
export function decideExtend(
  state: ReservationState,
  command: ExtendReservation,
): Decision<Reservation, ExtendError> {
  const { reservation } = state;
  if (reservation === undefined) return reject({ kind: 'notFound' });
  const earlier = reservation.extensions.find(
    ({ operationId }) => operationId === command.operationId,
  );
  if (earlier !== undefined) {
    if (earlier.fingerprint !== command.fingerprint) return reject({ kind: 'keyReused' });
    return { next: 'replay', value: { ...reservation, heldUntil: earlier.heldUntil } };
  }
  const { status, heldUntil: bucket } = reservation;
  if (status === 'RELEASED' || status === 'EXPIRED') return reject({ kind: 'expired' });
  if (status !== 'HELD' || bucket === undefined)
    return reject({ kind: 'notHeld', reservationStatus: status });
  if (reservation.extensions.length >= EXTENSIONS_MAX) return reject({ kind: 'tooManyExtensions' });

  const cells = reservation.lines.map((line) => requireCell(state, line));
  const requestedBucket = bucketFor(command.now, command.holdSeconds, command.bucketSeconds, cells);
  const nextBucket = Math.max(requestedBucket, bucket);

  const to = heldInBucket(nextBucket);
  const plans: CellPlan[] = [];
  for (const [index, cell] of cells.entries()) {
    // It lasts that long already: nothing moves, and only the request is remembered.
    if (nextBucket === bucket) break;
    const quantity = reservation.lines[index]?.quantity ?? 0;
    if (cell.expiredThrough < bucket) {
      plans.push(takeHeld(cell, { bucket, quantity, kind: 'EXTENDED', to }));
      continue;
    }
    const plan = takeAvailable(cell, {
      quantity,
      kind: 'EXTENDED',
      to,
      now: command.now,
      guard: { expiredThroughMin: bucket },
      keepsFloor: true,
    });
    if (plan === undefined) return expireUnlessCovered(state, reservation, command);
    plans.push(plan);
  }
  const { operationId, fingerprint } = command;
  const { after, change } = advanceReservation(
    reservation,
    {
      name: `extend.${reservation.version}`,
      plans,
      changes: {
        status: 'HELD',
        heldUntil: nextBucket,
        extensions: [
          ...reservation.extensions,
          { operationId, fingerprint, heldUntil: nextBucket },
        ],
      },
    },
    command,
  );
  return { next: 'commit', value: after, change };
}

/** An expired hold that is extended is a new hold, so it leaves the safety stock. */
const KEEPS_FLOOR = { keepsFloor: true } as const;

/** Brings units from other cells of the SKUs. Where they have too few, the hold has expired. */
function expireUnlessCovered(
  state: ReservationState,
  reservation: Reservation,
  context: CommandContext,
): Decision<Reservation, ExtendError> {
  if (!state.isComplete) return { next: 'readAll' };
  const transfer = transferForLateCommit(state, context, KEEPS_FLOOR);
  if (transfer !== undefined) return { next: 'prepare', change: transfer };
  return rejectUnconfirmed(
    { kind: 'expired' },
    lateShortagesOf(state, reservation, context, KEEPS_FLOOR),
  );
}
