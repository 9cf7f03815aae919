import type { MovementKind } from '../../../contracts/api/inventory.ts';
import type { EpochSeconds } from '../../../shared/core/instant.ts';
import { type CellKey, cellIdOf } from '../ledger/cell.ts';
import {
  type AccountRef,
  AVAILABLE,
  COMMITTED,
  heldInBucket,
  type Movement,
  OUTSIDE,
} from '../ledger/movement.ts';
import { openUnitsOf, type Reservation, type ReservationLine } from '../ledger/reservation.ts';
import { reservationReference } from '../reservations/reservation-step.ts';
import { openBucketsOf, type Position } from './balance-replay.ts';
import { NO_TOTALS, totalsAfter, type UnitsByBucket } from './running-totals.ts';

/** A move that changed a balance and is not among its movements, with what its record has of it. */
export type LostMovement = Omit<Movement, 'movementId' | 'at' | 'by' | 'restored' | 'findingId'> & {
  readonly movementId?: string;
  readonly by?: string;
};

/** Units that a reservation has, or should have, in a cell. */
export type ReservedUnits = { readonly held: UnitsByBucket; readonly committed: number };

const NO_UNITS: ReservedUnits = { held: new Map(), committed: 0 };

/** Returns the units that the reservation has in the cell by its own record. */
export function unitsByRecord(
  reservation: Reservation | undefined,
  cell: CellKey,
  expiredThrough: EpochSeconds,
): ReservedUnits {
  const line = lineIn(reservation, cell);
  if (reservation === undefined || line === undefined) return NO_UNITS;
  const { status, heldUntil: bucket } = reservation;
  if (status === 'COMMITTED') return { held: new Map(), committed: openUnitsOf(line) };
  if (status === 'HELD' && bucket !== undefined && bucket > expiredThrough) {
    return { held: new Map([[bucket, line.quantity]]), committed: 0 };
  }
  return NO_UNITS;
}

/** Returns the units that the reservation has in the cell by its movements. */
export const unitsByMovements = (
  position: Position | undefined,
  expiredThrough: EpochSeconds,
): ReservedUnits =>
  position === undefined
    ? NO_UNITS
    : { held: openBucketsOf(position, expiredThrough), committed: position.committed };

export const isSameReservedUnits = (a: ReservedUnits, b: ReservedUnits): boolean =>
  a.committed === b.committed &&
  a.held.size === b.held.size &&
  [...a.held].every(([bucket, units]) => b.held.get(bucket) === units);

/**
 * Returns the units that a record which contradicts its parts has by its status: the other claim is
 * in `unitsByRecord`, and one of both differs from the movements.
 */
export const unitsByStatus = (reservation: Reservation, cell: CellKey): ReservedUnits => ({
  held: new Map(),
  committed: lineIn(reservation, cell)?.quantity ?? 0,
});

const lineIn = (reservation: Reservation | undefined, cell: CellKey): ReservationLine | undefined =>
  reservation?.lines.find((line) => cellIdOf(line) === cellIdOf(cell));

/**
 * Returns each single move of the reservation's units that would make its movements agree with its
 * record.
 */
export function possibleLostMovements(
  reservation: Reservation,
  position: Position | undefined,
  cell: CellKey,
  expiredThrough: EpochSeconds,
): LostMovement[] {
  const line = lineIn(reservation, cell);
  if (line === undefined) return [];
  const effectiveAt = Date.parse(reservation.updatedAt);
  const recorded = unitsByRecord(reservation, cell, expiredThrough);
  const before = { ...NO_TOTALS, ...position };
  const moves = [
    ...possibleMovesOf(reservation, line, before.held),
    ...possiblePartsOf(line, position),
  ];
  return moves.flatMap(({ kind, quantity, from, to }) => {
    const after = totalsAfter(before, [{ from, to, quantity }]);
    const explained = isSameReservedUnits(
      { held: openBucketsOf(after, expiredThrough), committed: after.committed },
      recorded,
    );
    return explained
      ? [{ kind, quantity, from, to, ...reservationReference(reservation), effectiveAt }]
      : [];
  });
}

type PossibleMove = {
  readonly kind: MovementKind;
  readonly quantity: number;
  readonly from: AccountRef;
  readonly to: AccountRef;
};

/** Returns the shipment and the release that the record has and the movements lack. */
function possiblePartsOf(
  { shipped = 0, released = 0 }: ReservationLine,
  position: Position | undefined,
): PossibleMove[] {
  const parts: readonly PossibleMove[] = [
    {
      kind: 'SHIPPED',
      quantity: shipped - (position?.shipped ?? 0),
      from: COMMITTED,
      to: OUTSIDE,
    },
    {
      kind: 'RELEASED',
      quantity: released - (position?.released ?? 0),
      from: COMMITTED,
      to: AVAILABLE,
    },
  ];
  return parts.filter(({ quantity }) => quantity > 0);
}

/**
 * Returns the moves of the whole line that a reservation of this status may have made, in its known
 * buckets.
 */
function possibleMovesOf(
  { status, heldUntil: last, extensions }: Reservation,
  { quantity }: ReservationLine,
  held: UnitsByBucket,
): PossibleMove[] {
  const buckets = [
    ...new Set([
      ...held.keys(),
      ...extensions.map((extension) => extension.heldUntil),
      ...(last === undefined ? [] : [last]),
    ]),
  ];
  const accounts = buckets.map(heldInBucket);
  const all: PossibleMove[] = [
    ...accounts.map((to): PossibleMove => ({ kind: 'RESERVED', quantity, from: AVAILABLE, to })),
    ...accounts.flatMap((from) =>
      accounts.flatMap((to): PossibleMove[] =>
        from.bucket === to.bucket ? [] : [{ kind: 'EXTENDED', quantity, from, to }],
      ),
    ),
  ];
  if (status === 'RELEASED' || status === 'EXPIRED') {
    all.push(
      ...accounts.map(
        (from): PossibleMove => ({ kind: 'RELEASED', quantity, from, to: AVAILABLE }),
      ),
    );
  }
  if (status !== 'HELD') {
    all.push(
      ...[...accounts, AVAILABLE].map(
        (from): PossibleMove => ({ kind: 'COMMITTED', quantity, from, to: COMMITTED }),
      ),
    );
  }
  return all;
}
