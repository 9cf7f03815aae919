import {
  type Instant,
  MILLISECONDS_PER_SECOND,
  SECONDS_PER_DAY,
} from '../../../shared/core/instant.ts';
import type { Position, Posting } from './balance-replay.ts';
import type { CellBooks, CellDisagreement, CellVersion } from './cell-books.ts';

/**
 * Minimum retention of records. Within it a record was not deleted by TTL, so it is missing if it
 * does not exist.
 */
const CLOSED_RESERVATION_RETENTION_SECONDS = 7 * SECONDS_PER_DAY;
const RECORD_RETENTION_SECONDS = 400 * SECONDS_PER_DAY;

/** Returns the movements whose record should still exist and does not. */
export function missingRecordsOf(
  books: CellBooks,
  of: CellVersion,
  now: Instant,
): CellDisagreement[] {
  const { replay, reservations, operations, unreadable } = books;
  const postings = [...replay.postings.values()].filter(
    ({ operationId, at }) =>
      !operations.has(operationId) &&
      !unreadable.has(`operation:${operationId}`) &&
      isYoungerThan(at, RECORD_RETENTION_SECONDS, now),
  );
  const unrecorded = [...replay.positions.values()].filter(
    (position) =>
      !reservations.has(position.reservationId) &&
      !unreadable.has(`reservation:${position.reservationId}`) &&
      mustHaveRecord(position, now),
  );
  return [
    ...postings.map(({ operationId, movementIds, quantity, at }: Posting) => {
      const record = `operation:${operationId}`;
      return { kind: 'RECORD_MISSING', ...of, record, movementIds, quantity, since: at } as const;
    }),
    ...unrecorded.map((position) => {
      const record = `reservation:${position.reservationId}`;
      const quantity =
        position.committed + [...position.held.values()].reduce((sum, units) => sum + units, 0);
      return {
        kind: 'RECORD_MISSING',
        ...of,
        record,
        movementIds: [],
        quantity,
        since: position.since,
      } as const;
    }),
  ];
}

const isYoungerThan = (at: Instant, seconds: number, now: Instant): boolean =>
  now - at < seconds * MILLISECONDS_PER_SECOND;

/**
 * Returns true while a reservation's record must exist: while it has committed units, and for the
 * retention time after it ended or its hold expired.
 */
function mustHaveRecord({ committed, held, since, lastKind }: Position, now: Instant): boolean {
  if (committed !== 0) return true;
  if (lastKind === 'SHIPPED') return isYoungerThan(since, RECORD_RETENTION_SECONDS, now);
  const closedAt = Math.max(
    since,
    ...[...held.keys()].map((bucket) => bucket * MILLISECONDS_PER_SECOND),
  );
  return isYoungerThan(closedAt, CLOSED_RESERVATION_RETENTION_SECONDS, now);
}
