import type { MovementKind } from '../../../contracts/api/inventory.ts';
import type { ReservationStatus } from '../../../contracts/api/reservations.ts';
import type { ReservedUnits } from './lost-movements.ts';

/** State of a reservation in a cell by the movements there, as of a version of the cell. */
export type ReplayedReservation = {
  readonly units: ReservedUnits;
  readonly lastKind: MovementKind | undefined;
  readonly version: number;
};

export type ReplayedStatus =
  | { readonly status: 'HELD'; readonly heldUntil: number }
  | { readonly status: Exclude<ReservationStatus, 'HELD'> };

const heldUntilOf = (status: ReplayedStatus): number | undefined =>
  status.status === 'HELD' ? status.heldUntil : undefined;

export const isSameStatus = (a: ReplayedStatus | undefined, b: ReplayedStatus): boolean =>
  a?.status === b.status && heldUntilOf(a) === heldUntilOf(b);

/**
 * Returns the status that the movements show, or undefined where they do not show one status for
 * all units of the line.
 */
export function statusFromMovements(
  found: ReplayedReservation | undefined,
  quantity: number,
): ReplayedStatus | undefined {
  if (found === undefined) return undefined;
  const { units, lastKind } = found;
  const [bucket, ...others] = units.held;
  if (bucket === undefined) {
    if (units.committed === quantity) return { status: 'COMMITTED' };
    if (units.committed !== 0) return undefined;
    if (lastKind === 'SHIPPED') return { status: 'FULFILLED' };
    return { status: lastKind === 'RELEASED' ? 'RELEASED' : 'EXPIRED' };
  }
  if (others.length > 0 || bucket[1] !== quantity || units.committed !== 0) return undefined;
  return { status: 'HELD', heldUntil: bucket[0] };
}
