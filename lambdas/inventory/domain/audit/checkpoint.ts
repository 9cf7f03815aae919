import {
  type EpochSeconds,
  type Instant,
  MILLISECONDS_PER_SECOND,
} from '../../../shared/core/instant.ts';
import type { Reservation } from '../ledger/reservation.ts';
import type { Accounts } from './accounts.ts';
import {
  BalanceReplay,
  type MovementBatch,
  type Position,
  type ReplayedBalance,
} from './balance-replay.ts';
import { unitsByMovements } from './lost-movements.ts';
import type { UnitsByBucket } from './running-totals.ts';

/**
 * What all movements up to a key add up to, so that an audit need not read them again. It is made of the movements, never of
 * the balance, and only of a cell whose books agree.
 */
export type Checkpoint = {
  /** The last movements' key that it counts. */
  readonly through: string;
  /** The time in that key. */
  readonly throughAt: Instant;
  readonly accounts: Accounts;
  /** `<reservation> <order or -> <since> <committed> [<bucket>:<units>…]`, for each that has units in the cell. */
  readonly positions: readonly string[];
};

/**
 * A movement's key has the clock of the function that decided it, so movements do not arrive in the order of their keys. Behind
 * this age none can still arrive: it is far above a function's time and all that clocks differ by.
 */
export const MOVEMENT_DELAY_MILLISECONDS_MAX = 15 * 60 * MILLISECONDS_PER_SECOND;

/** A checkpoint is worth its write after so many changes of the cell. */
export const CHECKPOINT_BATCHES_MIN = 50;

/** An item has 400 KB; a position's line is below 200 bytes. A cell with more of them is read from its checkpoint before. */
export const CHECKPOINT_POSITIONS_MAX = 2_000;

/**
 * True for a reservation that has nothing in the cell any more, and whose record is at rest for so long that none of its movements
 * can still arrive: a checkpoint need not know it. Of one that is not at rest even a folded hold is kept, for a movement out of it
 * may lie between the checkpoint and the fold.
 */
export function isPositionClosed(
  position: Position,
  reservation: Reservation | undefined,
  expiredThrough: EpochSeconds,
  now: Instant,
): boolean {
  const left = unitsByMovements(position, expiredThrough);
  if (left.committed !== 0 || left.held.size > 0) return false;
  return (
    reservation === undefined ||
    Date.parse(reservation.updatedAt) < now - 2 * MOVEMENT_DELAY_MILLISECONDS_MAX
  );
}

/** Of a tally from which the closed positions were taken. Undefined where there are too many open ones for one item. */
export function checkpointOf(
  balance: ReplayedBalance,
  { key, at }: Pick<MovementBatch, 'key' | 'at'>,
): Checkpoint | undefined {
  const positions: string[] = [];
  for (const { reservationId, orderId, committed, since, held } of balance.positions.values()) {
    const buckets = [...held].map(([bucket, units]) => `${bucket}:${units}`);
    if (committed === 0 && buckets.length === 0) continue;
    positions.push([reservationId, orderId ?? '-', since, committed, ...buckets].join(' '));
  }
  if (positions.length > CHECKPOINT_POSITIONS_MAX) return undefined;
  const { available, committed, held } = balance;
  return {
    through: key,
    throughAt: at,
    accounts: { available, committed, held: Object.fromEntries(held) },
    positions,
  };
}

/** A tally that goes on where the checkpoint ends. */
export function replayFrom(checkpoint: Checkpoint | undefined): BalanceReplay {
  if (checkpoint === undefined) return new BalanceReplay();
  const { available, committed, held } = checkpoint.accounts;
  return new BalanceReplay({
    available,
    committed,
    held: toUnitsByBucket(Object.entries(held)),
    positions: checkpoint.positions.map(parsePosition),
  });
}

function parsePosition(line: string): Position {
  const [reservationId = '', orderId, since, units, ...buckets] = line.split(' ');
  return {
    reservationId,
    orderId: orderId === '-' ? undefined : orderId,
    held: toUnitsByBucket(buckets.map(parseBucket)),
    committed: Number(units),
    since: Number(since),
    lastKind: undefined,
  };
}

const parseBucket = (text: string): [string, number] => {
  const [bucket = '', units] = text.split(':');
  return [bucket, Number(units)];
};

const toUnitsByBucket = (entries: readonly (readonly [string, number])[]): UnitsByBucket =>
  new Map(entries.map(([bucket, units]) => [Number(bucket), units]));
