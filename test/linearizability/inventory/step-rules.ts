import type { Operation } from '../checker.ts';
import type { Time } from '../history.ts';
import {
  availableAt,
  type Inventory,
  isExpired,
  matchesReservation,
  type Reservation,
} from './inventory-model.ts';
import type { OperationContext } from './operation-context.ts';

export type Step = Operation<Inventory>['step'];

/** Returns the state if the step is possible, otherwise no state. */
export const onlyIf = (state: Inventory, isPossible: boolean): readonly Inventory[] =>
  isPossible ? [state] : [];

export const isRejectedWith = (
  { recorded: { response } }: OperationContext,
  code: string,
): boolean => response.kind === 'rejected' && response.code === code;

/** Returns true for a rejection with the available units, which is exact for a SKU of one cell. */
export const isExactRejection = (
  reading: OperationContext,
  state: Inventory,
  quantity: number,
): boolean => {
  const { response } = reading.recorded;
  return (
    response.kind === 'rejected' &&
    response.code === 'INSUFFICIENT_STOCK' &&
    reading.possibleTimesIn(state).some((now) => {
      const available = availableAt(state, now);
      return available < quantity && available === response.available;
    })
  );
};

/** Returns true if a held reservation still has its units or available ones can replace them. */
export const hasUnits = (state: Inventory, reservation: Reservation, now: Time): boolean =>
  availableAt(state, now) >= (isExpired(reservation, now) ? reservation.quantity : 0);

/** Returns true if the recorded response may be that of a read of the reservation. */
export function matchesResponse(
  reading: OperationContext,
  reservation: Reservation | undefined,
): boolean {
  const { response } = reading.recorded;
  if (reservation === undefined) return isRejectedWith(reading, 'NOT_FOUND');
  if (response.kind !== 'reservation') return false;
  const times = reading.possibleTimesOf(reservation);
  return times.some((now) => matchesReservation(reservation, now, response.reservation));
}
