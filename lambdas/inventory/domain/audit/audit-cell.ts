import {
  type EpochSeconds,
  type Instant,
  MILLISECONDS_PER_SECOND,
} from '../../../shared/core/instant.ts';
import { bucketsOf, type Cell } from '../ledger/cell.ts';
import { AVAILABLE, heldInBucket } from '../ledger/movement.ts';
import type { Reservation } from '../ledger/reservation.ts';
import {
  type Accounts,
  accountsOf,
  accountsOfTotals,
  type Difference,
  differenceOf,
  expiriesIn,
  isNegative,
  isZero,
  subtractMoves,
} from './accounts.ts';
import type { Position } from './balance-replay.ts';
import type { CellBooks, CellDisagreement, CellVersion, Doubt } from './cell-books.ts';
import {
  isSameReservedUnits,
  type LostMovement,
  possibleLostMovements,
  type ReservedUnits,
  unitsByMovements,
  unitsByRecord,
} from './lost-movements.ts';
import { missingRecordsOf } from './missing-records.ts';

/** With more of them the search for what explains the difference would take too long; then a person looks. */
const MISMATCHES_MAX = 6;

/**
 * Everything in which the cell's balance, its movements and their markers disagree; empty for sound books. Where the balance
 * agrees with a marker, its movement is what is missing; where it agrees with the movements, the marker is wrong; where it
 * agrees with neither, and the markers with the movements, the balance is wrong.
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
    : explainDifference(difference, mismatches, unmatched, cell.expiredThrough);
  // A marker that cannot be read might explain the difference in another way.
  const isComplete = books.unreadable.size === 0;
  const isCertain = explanation !== undefined;
  const lost = explanation ?? [];
  const unexplained = unmatched.filter((movement) => !lost.includes(movement));
  const isDifferent = !isZero(difference);
  disagreements.push(
    ...toMovementMissing(lost, { isRestorable: isComplete, isCertain: true }, cellVersion, now),
    // Each of these is a question of its own: only its mark says that the movement was there.
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

/** Why the movements may be what is wrong; undefined where the balance is. */
function doubtAbout(
  { disagreements, isComplete, movements, difference }: DoubtInput,
  now: Instant,
): Doubt | undefined {
  if (!isComplete) return 'UNREADABLE_RECORD';
  if (isNegative(movements)) return 'NEGATIVE_SUM';
  const isMarkGone = (one: CellDisagreement): boolean =>
    one.kind === 'RECORD_MISSING' && one.record.startsWith('operation:');
  if (disagreements.some((one) => !isMarkGone(one))) return 'RECORD_CONFLICT';
  if (hasOpenHold(difference, now)) return 'OPEN_HOLD';
  return disagreements.length > 0 ? 'OPERATION_RECORD_MISSING' : undefined;
}

/** Units that stand in a bucket still running and in no movement may be those of a hold that is on record nowhere else. */
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
    const byRecord = unitsByRecord(reservation, cell, cell.expiredThrough);
    const byMovements = unitsByMovements(position, cell.expiredThrough);
    if (isSameReservedUnits(byRecord, byMovements)) return [];
    const candidates = possibleLostMovements(reservation, position, cell, cell.expiredThrough);
    return [{ reservation, position, byRecord, byMovements, candidates }];
  });
}

/** Marks whose movement is not there. */
const unmatchedRecordsOf = ({ entryRecords, replay }: CellBooks): LostMovement[] =>
  entryRecords.flatMap(({ entry, at }): LostMovement[] => {
    if (entry === undefined || replay.movementIds.has(entry.movement.movementId)) return [];
    return [{ ...entry.movement, effectiveAt: at }];
  });

/**
 * The lost movements that, together, are all of the difference; none for a difference of nothing. Undefined where no choice
 * of them is. A lapsed bucket may have lost its movement with them: it was in the same item.
 */
function explainDifference(
  difference: Difference,
  mismatches: readonly Mismatch[],
  unmatched: readonly LostMovement[],
  expiredThrough: EpochSeconds,
): LostMovement[] | undefined {
  const choices: (readonly LostMovement[])[] = [
    ...mismatches.map(({ candidates }) => candidates),
    ...unmatched.map((movement) => [movement]),
  ].filter((candidates) => candidates.length > 0);
  if (choices.length > MISMATCHES_MAX) return undefined;

  const search = (
    left: Difference,
    from: number,
    chosen: readonly LostMovement[],
  ): LostMovement[] | undefined => {
    const candidates = choices[from];
    if (candidates === undefined) {
      const expiries = expiriesIn(left, expiredThrough);
      return expiries && [...expiries.map(toExpiryMovement), ...chosen];
    }
    for (const candidate of candidates) {
      const found = search(subtractMoves(left, [candidate]), from + 1, [...chosen, candidate]);
      if (found !== undefined) return found;
    }
    return search(left, from + 1, chosen);
  };
  return search(difference, 0, []);
}

const toExpiryMovement = ({
  bucket,
  quantity,
}: {
  bucket: EpochSeconds;
  quantity: number;
}): LostMovement => ({
  kind: 'EXPIRED',
  quantity,
  from: heldInBucket(bucket),
  to: AVAILABLE,
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

/** What cannot be, though all records agree on it. */
function balanceAnomalies(cell: Cell, of: CellVersion, balance: Accounts): CellDisagreement[] {
  if (isNegative(balance)) return [{ kind: 'BALANCE_NEGATIVE', ...of, balance }];
  const hasExpiredBucket = bucketsOf(balance.held).some((bucket) => bucket <= cell.expiredThrough);
  return hasExpiredBucket
    ? [{ kind: 'EXPIRED_BUCKET_NOT_EMPTY', ...of, balance, expiredThrough: cell.expiredThrough }]
    : [];
}
