import {
  type EpochSeconds,
  type Instant,
  MILLISECONDS_PER_SECOND,
} from '../../../shared/core/instant.ts';
import { type Cell, slotsOf } from '../ledger/cell.ts';
import { AVAILABLE, heldUntil } from '../ledger/movement.ts';
import type { Reservation } from '../ledger/reservation.ts';
import {
  type Accounts,
  accountsOf,
  accountsOfTally,
  type Difference,
  differenceOf,
  isNegative,
  isZero,
  lapsesIn,
  lessTransfers,
} from './accounts.ts';
import { missingMarkersOf } from './audit-markers.ts';
import type { CellBooks, CellDisagreement, Doubt, OfCell } from './cell-books.ts';
import {
  type Claim,
  candidatesFor,
  claimByMovements,
  claimOf,
  isSameClaim,
  type LostMovement,
} from './lost-movements.ts';
import type { Position } from './tally.ts';

/** With more of them the search for what explains the difference would take too long; then a person looks. */
const MISMATCHES_MAX = 6;

/**
 * Everything in which the cell's balance, its movements and their markers disagree; empty for sound books. Where the balance
 * agrees with a marker, its movement is what is missing; where it agrees with the movements, the marker is wrong; where it
 * agrees with neither, and the markers with the movements, the balance is wrong.
 */
export function auditCell(books: CellBooks, now: Instant): CellDisagreement[] {
  const { cell, tally } = books;
  const { sku, locationId, shard, version } = cell;
  const of: OfCell = { cell: { sku, locationId, shard }, version };
  const balance = accountsOf(cell);
  const movements = accountsOfTally(tally);
  const difference = differenceOf(balance, movements);
  const mismatches = mismatchesOf(books);
  const unentered = unenteredOf(books);
  const found = missingMarkersOf(books, of, now);

  if (isZero(difference) && mismatches.length === 0 && unentered.length === 0) {
    return [...found, ...oddities(cell, of, balance)];
  }
  const explained = isZero(difference)
    ? []
    : explanationOf(difference, mismatches, unentered, cell.foldedThrough);
  // A marker that cannot be read might explain the difference in another way.
  const isWhole = books.unreadable.size === 0;
  const isCertain = explained !== undefined;
  const lost = explained ?? [];
  const left = unentered.filter((movement) => !lost.includes(movement));
  const isDifferent = !isZero(difference);
  found.push(
    ...movementsMissing(lost, { restorable: isWhole, isCertain: true }, of, now),
    // Each of these is a question of its own: only its mark says that the movement was there.
    ...left.flatMap((one) =>
      movementsMissing([one], { restorable: isWhole && isDifferent, isCertain: false }, of, now),
    ),
  );
  const isLost = ({ reservation }: Mismatch) =>
    lost.some(({ reservationId }) => reservationId === reservation.reservationId);
  found.push(
    ...mismatches
      .filter((mismatch) => !isLost(mismatch))
      .map((mismatch) => reservationDiffers(mismatch, of, isCertain && isWhole)),
  );
  if (!isCertain) {
    const doubt = doubtIn({ found, isWhole, movements, difference }, now);
    const rebuildable = doubt === undefined || doubt === 'OPERATION';
    found.push({
      kind: 'BALANCE_DIFFERS',
      ...of,
      balance,
      movements,
      ...(doubt === undefined ? {} : { doubt }),
      rebuildable,
    });
  }
  return found;
}

type Doubtful = {
  readonly found: readonly CellDisagreement[];
  readonly isWhole: boolean;
  readonly movements: Accounts;
  readonly difference: Difference;
};

/** Why the movements may be what is wrong; undefined where the balance is. */
function doubtIn(
  { found, isWhole, movements, difference }: Doubtful,
  now: Instant,
): Doubt | undefined {
  if (!isWhole) return 'UNREADABLE';
  if (isNegative(movements)) return 'NEGATIVE';
  const isMarkGone = (one: CellDisagreement): boolean =>
    one.kind === 'MARKER_MISSING' && one.marker.startsWith('operation:');
  if (found.some((one) => !isMarkGone(one))) return 'MARKER';
  if (hasOpenHold(difference, now)) return 'OPEN_HOLD';
  return found.length > 0 ? 'OPERATION' : undefined;
}

/** Units that stand in a slot still running and in no movement may be those of a hold that is on record nowhere else. */
const hasOpenHold = ({ held }: Difference, now: Instant): boolean =>
  [...held].some(([slot, units]) => units > 0 && slot * MILLISECONDS_PER_SECOND > now);

type Mismatch = {
  readonly reservation: Reservation;
  readonly position: Position | undefined;
  readonly byRecord: Claim;
  readonly byMovements: Claim;
  readonly candidates: readonly LostMovement[];
};

function mismatchesOf({ cell, tally, reservations }: CellBooks): Mismatch[] {
  return [...reservations.values()].flatMap((reservation) => {
    const position = tally.positions.get(reservation.reservationId);
    const byRecord = claimOf(reservation, cell, cell.foldedThrough);
    const byMovements = claimByMovements(position, cell.foldedThrough);
    if (isSameClaim(byRecord, byMovements)) return [];
    const candidates = candidatesFor(reservation, position, cell, cell.foldedThrough);
    return [{ reservation, position, byRecord, byMovements, candidates }];
  });
}

/** Marks whose movement is not there. */
const unenteredOf = ({ listed, tally }: CellBooks): LostMovement[] =>
  listed.flatMap(({ entry, at }): LostMovement[] => {
    if (entry === undefined || tally.entryIds.has(entry.movement.movementId)) return [];
    return [{ ...entry.movement, effectiveAt: at }];
  });

/**
 * The lost movements that, together, are all of the difference; none for a difference of nothing. Undefined where no choice
 * of them is. A lapsed slot may have lost its movement with them: it was in the same item.
 */
function explanationOf(
  difference: Difference,
  mismatches: readonly Mismatch[],
  unentered: readonly LostMovement[],
  foldedThrough: EpochSeconds,
): LostMovement[] | undefined {
  const choices: (readonly LostMovement[])[] = [
    ...mismatches.map(({ candidates }) => candidates),
    ...unentered.map((movement) => [movement]),
  ].filter((candidates) => candidates.length > 0);
  if (choices.length > MISMATCHES_MAX) return undefined;

  const search = (
    left: Difference,
    from: number,
    chosen: readonly LostMovement[],
  ): LostMovement[] | undefined => {
    const candidates = choices[from];
    if (candidates === undefined) {
      const lapses = lapsesIn(left, foldedThrough);
      return lapses && [...lapses.map(toLapse), ...chosen];
    }
    for (const candidate of candidates) {
      const found = search(lessTransfers(left, [candidate]), from + 1, [...chosen, candidate]);
      if (found !== undefined) return found;
    }
    return search(left, from + 1, chosen);
  };
  return search(difference, 0, []);
}

const toLapse = ({ slot, quantity }: { slot: EpochSeconds; quantity: number }): LostMovement => ({
  kind: 'LAPSED',
  quantity,
  from: heldUntil(slot),
  to: AVAILABLE,
});

const reservationDiffers = (
  { reservation, position, byRecord, byMovements }: Mismatch,
  of: OfCell,
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

function movementsMissing(
  lost: readonly LostMovement[],
  { restorable, isCertain }: { readonly restorable: boolean; readonly isCertain: boolean },
  of: OfCell,
  now: Instant,
): CellDisagreement[] {
  if (lost.length === 0) return [];
  const times = lost.map(
    ({ effectiveAt, from }) => effectiveAt ?? (from.slot ?? 0) * MILLISECONDS_PER_SECOND,
  );
  return [
    {
      kind: 'MOVEMENT_MISSING',
      ...of,
      lost,
      restorable,
      isCertain,
      since: Math.min(now, ...times),
    },
  ];
}

/** What cannot be, though all records agree on it. */
function oddities(cell: Cell, of: OfCell, balance: Accounts): CellDisagreement[] {
  if (isNegative(balance)) return [{ kind: 'BALANCE_NEGATIVE', ...of, balance }];
  const behind = slotsOf(balance.held).some((slot) => slot <= cell.foldedThrough);
  return behind
    ? [{ kind: 'SLOT_NOT_FOLDED', ...of, balance, foldedThrough: cell.foldedThrough }]
    : [];
}
