import { accepted, refused } from '../../../shared/core/result.ts';
import { type CellPlan, takeAvailable, takeHeld } from '../ledger/cell-change.ts';
import {
  type BookState,
  type CommandContext,
  type Decision,
  knownCell,
  slotFor,
} from '../ledger/decision.ts';
import { heldUntil } from '../ledger/movement.ts';
import type { Reservation, ReservationStatus } from '../ledger/reservation.ts';
import { stepOf } from './reservation-step.ts';

/** A hold is not kept up for ever: after so many extensions it must be paid or lapse. */
export const EXTENSIONS_MAX = 50;

export type ExtendReservation = CommandContext & {
  readonly holdSeconds: number;
  readonly slotSeconds: number;
  readonly operationId: string;
  readonly fingerprint: string;
};

export type ExtendRefusal =
  | { readonly kind: 'notFound' }
  | { readonly kind: 'expired' }
  | { readonly kind: 'notHeld'; readonly reservationStatus: ReservationStatus }
  | { readonly kind: 'tooManyExtensions' }
  | { readonly kind: 'keyReused' };

/**
 * The hold lapses later; never earlier. What has lapsed is held again while the stock is there: from its slot while that was
 * not folded, else from `available`.
 */
export function decideExtend(
  state: BookState,
  command: ExtendReservation,
): Decision<Reservation, ExtendRefusal> {
  const { reservation } = state;
  if (reservation === undefined) return refused({ kind: 'notFound' });
  const before = reservation.extensions.find(
    ({ operationId }) => operationId === command.operationId,
  );
  if (before !== undefined) {
    if (before.fingerprint !== command.fingerprint) return refused({ kind: 'keyReused' });
    return accepted({ value: { ...reservation, heldUntil: before.heldUntil } });
  }
  const { status, heldUntil: slot } = reservation;
  if (status === 'RELEASED' || status === 'EXPIRED') return refused({ kind: 'expired' });
  if (status !== 'HELD' || slot === undefined)
    return refused({ kind: 'notHeld', reservationStatus: status });
  if (reservation.extensions.length >= EXTENSIONS_MAX)
    return refused({ kind: 'tooManyExtensions' });

  const cells = reservation.lines.map((line) => knownCell(state, line));
  const later = slotFor(command.now, command.holdSeconds, command.slotSeconds, cells);
  const until = Math.max(later, slot);

  const plans: CellPlan[] = [];
  for (const [index, cell] of cells.entries()) {
    // It lasts that long already: nothing moves, and only the request is remembered.
    if (until === slot) break;
    const quantity = reservation.lines[index]?.quantity ?? 0;
    if (cell.foldedThrough < slot) {
      plans.push(takeHeld(cell, slot, quantity, 'EXTENDED', heldUntil(until)));
      continue;
    }
    const taken = takeAvailable(cell, quantity, 'EXTENDED', heldUntil(until), command.now, {
      folded: slot,
    });
    if (!taken.ok) return refused({ kind: 'expired' });
    plans.push(taken.plan);
  }
  const { operationId, fingerprint } = command;
  const { after, change } = stepOf(
    reservation,
    {
      name: `extend.${reservation.version}`,
      plans,
      changes: {
        status: 'HELD',
        heldUntil: until,
        extensions: [...reservation.extensions, { operationId, fingerprint, heldUntil: until }],
      },
    },
    command,
  );
  return accepted({ value: after, change });
}
