import type { Operation } from '../checker.ts';
import { describeOperation, type RecordedOperation } from '../history.ts';
import {
  type Inventory,
  isExpired,
  mayBeInsufficient,
  mayShowStock,
  withoutWindow,
  withWindow,
} from './inventory-model.ts';
import type { OperationContext } from './operation-context.ts';
import { onlyIf } from './step-rules.ts';

/** Returns true for a read of the stock and for a rejection as insufficient: both sum all cells. */
export const isSumOfCells = ({ request, response }: RecordedOperation): boolean =>
  request.kind === 'read stock' ||
  (response.kind === 'rejected' &&
    (response.code === 'INSUFFICIENT_STOCK' ||
      (request.kind === 'extend' && response.code === 'RESERVATION_EXPIRED')));

/**
 * Returns a sum over several cells as two moments, its call and its return. This is the only
 * exception to linearizability, because the sum may read each cell at a different moment.
 * Everything linearized before the call is in the sum. Each part of a change that was linearized
 * between the two may be in it or not.
 */
export function toWindowOperations(
  reading: OperationContext,
  index: number,
): Operation<Inventory>[] {
  const { call, end } = reading.recorded;
  const name = describeOperation(reading.recorded);
  return [
    {
      name: `start of ${name}`,
      call,
      end: call,
      isMoment: true,
      step: (state) => onlyIf(withWindow(state, index), mayReject(reading, state)),
    },
    {
      name,
      call: end,
      end,
      isMoment: true,
      step: (state) =>
        onlyIf(withoutWindow(state, index), isWindowConsistent(reading, state, index)),
    },
  ];
}

/**
 * Returns false for a request that has taken effect: its repeat returns the first response and is
 * not rejected.
 */
function mayReject(
  { recorded: { request } }: OperationContext,
  { keys, reservations }: Inventory,
): boolean {
  if (request.kind === 'reserve') return !reservations.has(request.id);
  return request.kind !== 'adjust' || !keys.has(request.key);
}

function isWindowConsistent(
  reading: OperationContext,
  { windows, reservations }: Inventory,
  index: number,
): boolean {
  const { request, response } = reading.recorded;
  const window = windows.get(index);
  if (window === undefined) return false;
  const times = reading.possibleTimesOfWindow(window);
  if (response.kind === 'stock')
    return times.some((now) => mayShowStock(window, now, response.stock));
  if (request.kind === 'reserve')
    return times.some((now) => mayBeInsufficient(window, now, request.quantity));
  if (request.kind === 'adjust')
    return times.some((now) => mayBeInsufficient(window, now, -request.delta));
  if (request.kind !== 'extend') return false;
  const reservation = reservations.get(request.id);
  if (reservation === undefined) return false;
  if (reservation.status === 'RELEASED' || reservation.status === 'EXPIRED') return true;
  return times.some(
    (now) => isExpired(reservation, now) && mayBeInsufficient(window, now, reservation.quantity),
  );
}
