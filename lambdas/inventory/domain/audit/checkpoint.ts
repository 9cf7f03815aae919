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
 * Sums of all movements up to a key, so that an audit need not read them again. It is computed from
 * the movements, never from the balance, and only for a cell whose records agree.
 */
export type Checkpoint = {
  /** Key of the last batch of movements that it includes. */
  readonly through: string;
  /** Time in that key. */
  readonly throughAt: Instant;
  readonly accounts: Accounts;
  /**
   * `<reservation> <order or -> <since> <committed>[/<shipped>/<released>] [<bucket>:<units>…]`
   * for each reservation with units in the cell. The parts are absent where both are 0.
   */
  readonly positions: readonly string[];
};

/**
 * Maximum time between the time in a movement's key and its write. The key has the clock of the
 * deciding function, so movements do not arrive in the order of their keys. The value is far above
 * a function's timeout plus any clock difference.
 */
export const MOVEMENT_DELAY_MILLISECONDS_MAX = 15 * 60 * MILLISECONDS_PER_SECOND;

/** Minimum batches since the last checkpoint that make a new one worth its write. */
export const CHECKPOINT_BATCHES_MIN = 50;

/**
 * Maximum open positions of a checkpoint. An item has at most 400 KB, and the line of a position is
 * below 200 bytes. A cell with more positions is read from its previous checkpoint.
 */
export const CHECKPOINT_POSITIONS_MAX = 2_000;

/**
 * Returns true for a reservation that has no units in the cell and whose record did not change for
 * so long that none of its movements can still arrive. A checkpoint leaves it out. Otherwise even
 * an expired hold is kept, because a movement out of it may lie between the checkpoint and the
 * expiry.
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

/**
 * Returns the checkpoint of a balance from which the closed positions were removed, or undefined
 * where one item cannot hold the open ones.
 */
export function checkpointOf(
  balance: ReplayedBalance,
  { key, at }: Pick<MovementBatch, 'key' | 'at'>,
): Checkpoint | undefined {
  const positions: string[] = [];
  for (const position of balance.positions.values()) {
    const { reservationId, orderId, committed, since, held } = position;
    const buckets = [...held].map(([bucket, units]) => `${bucket}:${units}`);
    if (committed === 0 && buckets.length === 0) continue;
    positions.push(
      [reservationId, orderId ?? '-', since, formatCommitted(position), ...buckets].join(' '),
    );
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

/** Returns a replay that continues from the checkpoint. */
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

const formatCommitted = ({ committed, shipped, released }: Position): string =>
  shipped === 0 && released === 0 ? String(committed) : `${committed}/${shipped}/${released}`;

function parsePosition(line: string): Position {
  const [reservationId = '', orderId, since, units = '', ...buckets] = line.split(' ');
  const [committed, shipped = 0, released = 0] = units.split('/').map(Number);
  return {
    reservationId,
    orderId: orderId === '-' ? undefined : orderId,
    held: toUnitsByBucket(buckets.map(parseBucket)),
    committed: Number(committed),
    shipped,
    released,
    since: Number(since),
    lastKind: lastKindOf(shipped, released),
  };
}

function lastKindOf(shipped: number, released: number): Position['lastKind'] {
  if (shipped > 0) return 'SHIPPED';
  return released > 0 ? 'RELEASED' : undefined;
}

const parseBucket = (text: string): [string, number] => {
  const [bucket = '', units] = text.split(':');
  return [bucket, Number(units)];
};

const toUnitsByBucket = (entries: readonly (readonly [string, number])[]): UnitsByBucket =>
  new Map(entries.map(([bucket, units]) => [Number(bucket), units]));
