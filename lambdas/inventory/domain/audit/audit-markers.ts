import {
  type Instant,
  MILLISECONDS_PER_SECOND,
  SECONDS_PER_DAY,
} from '../../../shared/core/instant.ts';
import type { CellBooks, CellDisagreement, OfCell } from './cell-books.ts';
import type { Entered, Position } from './tally.ts';

/** A record that TTL removed in time is not missing: as long as the table keeps them at least. */
const SETTLED_RESERVATION_SECONDS = 7 * SECONDS_PER_DAY;
const MARKER_SECONDS = 400 * SECONDS_PER_DAY;

/** Movements whose marker should still be there, and is not. */
export function missingMarkersOf(books: CellBooks, of: OfCell, now: Instant): CellDisagreement[] {
  const { tally, reservations, operations, unreadable } = books;
  const entered = [...tally.entered.values()].filter(
    ({ operationId, at }) =>
      !operations.has(operationId) &&
      !unreadable.has(`operation:${operationId}`) &&
      isYounger(at, MARKER_SECONDS, now),
  );
  const claimed = [...tally.positions.values()].filter(
    (position) =>
      !reservations.has(position.reservationId) &&
      !unreadable.has(`reservation:${position.reservationId}`) &&
      isDue(position, now),
  );
  return [
    ...entered.map(({ operationId, movementIds, quantity, at }: Entered) => {
      const marker = `operation:${operationId}`;
      return { kind: 'MARKER_MISSING', ...of, marker, movementIds, quantity, since: at } as const;
    }),
    ...claimed.map((position) => {
      const marker = `reservation:${position.reservationId}`;
      const quantity =
        position.committed + [...position.held.values()].reduce((sum, units) => sum + units, 0);
      return {
        kind: 'MARKER_MISSING',
        ...of,
        marker,
        movementIds: [],
        quantity,
        since: position.since,
      } as const;
    }),
  ];
}

const isYounger = (at: Instant, seconds: number, now: Instant): boolean =>
  now - at < seconds * MILLISECONDS_PER_SECOND;

/** A reservation's record stays while it has units committed, and so long after it was settled or its hold lapsed. */
function isDue({ committed, held, since, lastKind }: Position, now: Instant): boolean {
  if (committed !== 0) return true;
  if (lastKind === 'SHIPPED') return isYounger(since, MARKER_SECONDS, now);
  const settled = Math.max(
    since,
    ...[...held.keys()].map((slot) => slot * MILLISECONDS_PER_SECOND),
  );
  return isYounger(settled, SETTLED_RESERVATION_SECONDS, now);
}
