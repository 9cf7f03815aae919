import type { EpochSeconds } from '../../../shared/core/instant.ts';
import { type CellKey, cellIdOf } from '../ledger/cell.ts';
import {
  AVAILABLE,
  COMMITTED,
  heldUntil,
  type Movement,
  type MovementKind,
  OUTSIDE,
  type Place,
} from '../ledger/movement.ts';
import type { Reservation } from '../ledger/reservation.ts';
import { ofReservation } from '../reservations/reserve.ts';
import { move, type Position, type Slots, unfolded } from './tally.ts';

/** A transfer that changed a balance and is not among its movements; with what its marker knows of it. */
export type LostMovement = Omit<Movement, 'movementId' | 'at' | 'by' | 'restored' | 'findingId'> & {
  readonly movementId?: string;
  readonly by?: string;
};

/** The units that a reservation has, or should have, in a cell. */
export type Claim = { readonly held: Slots; readonly committed: number };

const NOTHING: Claim = { held: new Map(), committed: 0 };

/** What the reservation's own record says that it has in the cell. */
export function claimOf(
  reservation: Reservation | undefined,
  cell: CellKey,
  foldedThrough: EpochSeconds,
): Claim {
  const quantity = quantityIn(reservation, cell);
  if (reservation === undefined || quantity === 0) return NOTHING;
  const { status, heldUntil: slot } = reservation;
  if (status === 'COMMITTED') return { held: new Map(), committed: quantity };
  if (status === 'HELD' && slot !== undefined && slot > foldedThrough) {
    return { held: new Map([[slot, quantity]]), committed: 0 };
  }
  return NOTHING;
}

/** What the movements say that it has there. */
export const claimByMovements = (
  position: Position | undefined,
  foldedThrough: EpochSeconds,
): Claim =>
  position === undefined
    ? NOTHING
    : { held: unfolded(position, foldedThrough), committed: position.committed };

export const isSameClaim = (a: Claim, b: Claim): boolean =>
  a.committed === b.committed &&
  a.held.size === b.held.size &&
  [...a.held].every(([slot, units]) => b.held.get(slot) === units);

const quantityIn = (reservation: Reservation | undefined, cell: CellKey): number =>
  reservation?.lines.find((line) => cellIdOf(line) === cellIdOf(cell))?.quantity ?? 0;

/** Each single transfer of the reservation's units that would make its movements say what its record says. */
export function candidatesFor(
  reservation: Reservation,
  position: Position | undefined,
  cell: CellKey,
  foldedThrough: EpochSeconds,
): LostMovement[] {
  const quantity = quantityIn(reservation, cell);
  if (quantity === 0) return [];
  const effectiveAt = Date.parse(reservation.updatedAt);
  const claim = claimOf(reservation, cell, foldedThrough);
  const before = position ?? { held: new Map(), committed: 0 };
  return transfersOf(reservation, before.held).flatMap(({ kind, from, to }) => {
    const after = { held: new Map(before.held), committed: before.committed };
    move(after, from, -quantity);
    move(after, to, quantity);
    const explained = isSameClaim(
      { held: unfolded(after, foldedThrough), committed: after.committed },
      claim,
    );
    return explained
      ? [{ kind, quantity, from, to, ...ofReservation(reservation), effectiveAt }]
      : [];
  });
}

type Transfer = { readonly kind: MovementKind; readonly from: Place; readonly to: Place };

/** What a reservation of this status may have done, in the slots that it is known to have had. */
function transfersOf(
  { status, heldUntil: last, extensions }: Reservation,
  held: Slots,
): Transfer[] {
  const slots = [
    ...new Set([
      ...held.keys(),
      ...extensions.map((extension) => extension.heldUntil),
      ...(last === undefined ? [] : [last]),
    ]),
  ];
  const places = slots.map(heldUntil);
  const all: Transfer[] = [
    ...places.map((to): Transfer => ({ kind: 'RESERVED', from: AVAILABLE, to })),
    ...places.flatMap((from) =>
      places.flatMap((to): Transfer[] =>
        from.slot === to.slot ? [] : [{ kind: 'EXTENDED', from, to }],
      ),
    ),
  ];
  if (status === 'COMMITTED' || status === 'FULFILLED') {
    all.push(...places.map((from): Transfer => ({ kind: 'COMMITTED', from, to: COMMITTED })), {
      kind: 'COMMITTED',
      from: AVAILABLE,
      to: COMMITTED,
    });
  }
  if (status === 'FULFILLED') all.push({ kind: 'SHIPPED', from: COMMITTED, to: OUTSIDE });
  if (status === 'RELEASED' || status === 'EXPIRED') {
    all.push(
      ...places.map((from): Transfer => ({ kind: 'RELEASED', from, to: AVAILABLE })),
      { kind: 'COMMITTED', from: AVAILABLE, to: COMMITTED },
      ...places.map((from): Transfer => ({ kind: 'COMMITTED', from, to: COMMITTED })),
      { kind: 'RELEASED', from: COMMITTED, to: AVAILABLE },
    );
  }
  return all;
}
