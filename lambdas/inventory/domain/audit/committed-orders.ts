import { type CellKey, cellIdOf } from '../ledger/cell.ts';
import { ownerOf, type Reservation } from '../ledger/reservation.ts';

/**
 * Returns the ids of the COMMITTED reservations of orders whose first line is in the cell, so that
 * each is listed once. Those of other services have no order to compare with.
 */
export const committedOrdersOf = (
  reservations: readonly Reservation[],
  cell: CellKey,
): readonly string[] =>
  reservations
    .filter(
      (one) =>
        one.status === 'COMMITTED' &&
        ownerOf(one) === 'order' &&
        one.lines[0] !== undefined &&
        cellIdOf(one.lines[0]) === cellIdOf(cell),
    )
    .map(({ reservationId }) => reservationId);
