import { type Instant, MILLISECONDS_PER_SECOND } from '../../../shared/core/instant.ts';
import { bucketsOf, type Cell } from '../ledger/cell.ts';
import { contradictsParts, type Reservation } from '../ledger/reservation.ts';
import {
  type Accounts,
  accountsOf,
  accountsOfTotals,
  type Difference,
  differenceOf,
  isNegative,
  isZero,
} from './accounts.ts';
import type { Position } from './balance-replay.ts';
import type { CellBooks, CellDisagreement, CellVersion, Doubt } from './cell-books.ts';
import { explainDifference } from './explain-difference.ts';
import {
  isSameReservedUnits,
  type LostMovement,
  possibleLostMovements,
  type ReservedUnits,
  unitsByMovements,
  unitsByRecord,
  unitsByStatus,
} from './lost-movements.ts';
import { missingRecordsOf } from './missing-records.ts';

/**
 * Returns each disagreement between the cell's balance, its movements and their records. Where the
 * balance agrees with a record, its movement is missing. Where the balance agrees with the
 * movements, the record is wrong. Where it agrees with neither, but the records agree with the
 * movements, the balance is wrong.
 */
export function auditCell(books: CellBooks, now: Instant): CellDisagreement[] {
  const { cell, replay } = books;
  const { sku, locationId, shard, version } = cell;
  const cellVersion: CellVersion = { cell: { sku, locationId, shard }, version };
  const balance = accountsOf(cell);
  const movements = accountsOfTotals(replay);
  const difference = differenceOf(balance, movements);
  const mismatches = mismatchesOf(books);
  const unmatched = unmatchedRecordsOf(books);
  const disagreements = missingRecordsOf(books, cellVersion, now);

  if (isZero(difference) && mismatches.length === 0 && unmatched.length === 0) {
    return [...disagreements, ...balanceAnomalies(cell, cellVersion, balance)];
  }
  const explanation = isZero(difference)
    ? []
    : explainDifference(
        difference,
        [
          ...mismatches.map(({ candidates }) => candidates),
          ...unmatched.map((movement) => [movement]),
        ],
        cell.expiredThrough,
      );
  // An unreadable record might explain the difference in another way.
  const isComplete = books.unreadable.size === 0;
  const isCertain = explanation !== undefined;
  const lost = explanation ?? [];
  const unexplained = unmatched.filter((movement) => !lost.includes(movement));
  const isDifferent = !isZero(difference);
  disagreements.push(
    ...toMovementMissing(lost, { isRestorable: isComplete, isCertain: true }, cellVersion, now),
    // Each is a disagreement of its own, because only its operation record shows that the movement
    // existed.
    ...unexplained.flatMap((one) =>
      toMovementMissing(
        [one],
        { isRestorable: isComplete && isDifferent, isCertain: false },
        cellVersion,
        now,
      ),
    ),
  );
  const isLost = ({ reservation }: Mismatch) =>
    lost.some(({ reservationId }) => reservationId === reservation.reservationId);
  disagreements.push(
    ...mismatches
      .filter((mismatch) => !isLost(mismatch))
      .map((mismatch) => toReservationDiffers(mismatch, cellVersion, isCertain && isComplete)),
  );
  if (!isCertain) {
    const doubt = doubtAbout({ disagreements, isComplete, movements, difference }, now);
    const isRebuildable = doubt === undefined || doubt === 'OPERATION_RECORD_MISSING';
    disagreements.push({
      kind: 'BALANCE_DIFFERS',
      ...cellVersion,
      balance,
      movements,
      ...(doubt === undefined ? {} : { doubt }),
      isRebuildable,
    });
  }
  return disagreements;
}

type DoubtInput = {
  readonly disagreements: readonly CellDisagreement[];
  readonly isComplete: boolean;
  readonly movements: Accounts;
  readonly difference: Difference;
};

/** Returns the reason why the movements may be wrong, or undefined where the balance is wrong. */
function doubtAbout(
  { disagreements, isComplete, movements, difference }: DoubtInput,
  now: Instant,
): Doubt | undefined {
  if (!isComplete) return 'UNREADABLE_RECORD';
  if (isNegative(movements)) return 'NEGATIVE_SUM';
  const isRecordMissing = (one: CellDisagreement): boolean =>
    one.kind === 'RECORD_MISSING' && one.record.startsWith('operation:');
  if (disagreements.some((one) => !isRecordMissing(one))) return 'RECORD_CONFLICT';
  if (hasOpenHold(difference, now)) return 'OPEN_HOLD';
  return disagreements.length > 0 ? 'OPERATION_RECORD_MISSING' : undefined;
}

/**
 * Returns true where the balance has units in a bucket that has not expired, and the movements do
 * not. They may belong to a hold that no other record shows.
 */
const hasOpenHold = ({ held }: Difference, now: Instant): boolean =>
  [...held].some(([bucket, units]) => units > 0 && bucket * MILLISECONDS_PER_SECOND > now);

type Mismatch = {
  readonly reservation: Reservation;
  readonly position: Position | undefined;
  readonly byRecord: ReservedUnits;
  readonly byMovements: ReservedUnits;
  readonly candidates: readonly LostMovement[];
};

function mismatchesOf({ cell, replay, reservations }: CellBooks): Mismatch[] {
  return [...reservations.values()].flatMap((reservation) => {
    const position = replay.positions.get(reservation.reservationId);
    const byParts = unitsByRecord(reservation, cell, cell.expiredThrough);
    const byMovements = unitsByMovements(position, cell.expiredThrough);
    const isSame = isSameReservedUnits(byParts, byMovements);
    if (isSame && !contradictsParts(reservation)) return [];
    const byRecord = isSame ? unitsByStatus(reservation, cell) : byParts;
    const candidates = possibleLostMovements(reservation, position, cell, cell.expiredThrough);
    return [{ reservation, position, byRecord, byMovements, candidates }];
  });
}

/** Returns the movements of operation records that the cell does not have. */
const unmatchedRecordsOf = ({ entryRecords, replay }: CellBooks): LostMovement[] =>
  entryRecords.flatMap(({ entry, at }): LostMovement[] => {
    if (entry === undefined || replay.movementIds.has(entry.movement.movementId)) return [];
    return [{ ...entry.movement, effectiveAt: at }];
  });

const toReservationDiffers = (
  { reservation, position, byRecord, byMovements }: Mismatch,
  of: CellVersion,
  isCertain: boolean,
) =>
  ({
    kind: 'RESERVATION_DIFFERS',
    ...of,
    reservationId: reservation.reservationId,
    ...(reservation.orderId === undefined ? {} : { orderId: reservation.orderId }),
    reservationVersion: reservation.version,
    status: reservation.status,
    expected: byMovements,
    actual: byRecord,
    isCertain,
    since: Math.max(position?.since ?? 0, Date.parse(reservation.updatedAt)),
  }) as const;

function toMovementMissing(
  lost: readonly LostMovement[],
  { isRestorable, isCertain }: { readonly isRestorable: boolean; readonly isCertain: boolean },
  of: CellVersion,
  now: Instant,
): CellDisagreement[] {
  if (lost.length === 0) return [];
  const times = lost.map(
    ({ effectiveAt, from }) => effectiveAt ?? (from.bucket ?? 0) * MILLISECONDS_PER_SECOND,
  );
  return [
    {
      kind: 'MOVEMENT_MISSING',
      ...of,
      lost,
      isRestorable,
      isCertain,
      since: Math.min(now, ...times),
    },
  ];
}

/** Returns the impossible values of a balance on which all records agree. */
function balanceAnomalies(cell: Cell, of: CellVersion, balance: Accounts): CellDisagreement[] {
  if (isNegative(balance)) return [{ kind: 'BALANCE_NEGATIVE', ...of, balance }];
  const hasExpiredBucket = bucketsOf(balance.held).some((bucket) => bucket <= cell.expiredThrough);
  return hasExpiredBucket
    ? [{ kind: 'EXPIRED_BUCKET_NOT_EMPTY', ...of, balance, expiredThrough: cell.expiredThrough }]
    : [];
}
