import { type EpochSeconds, type Instant, MILLISECONDS_PER_SECOND } from '../../shared/instant.ts';
import type { Accounts } from './accounts.ts';
import { emptyTally, type MovementsEntry, type Tally, unfolded } from './tally.ts';

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
  /** `<reservation> <order or -> <since> <committed> [<slot>:<units>…]`, for each that has units in the cell. */
  readonly positions: readonly string[];
};

/**
 * A movement's key has the clock of the function that decided it, so movements do not arrive in the order of their keys. Behind
 * this age none can still arrive: it is far above a function's time and all that clocks differ by.
 */
export const SETTLED_MILLISECONDS = 15 * 60 * MILLISECONDS_PER_SECOND;

/** A checkpoint is worth its write after so many changes of the cell. */
export const CHECKPOINT_ENTRIES_MIN = 50;

/** An item has 400 KB; a position's line is below 200 bytes. A cell with more of them is read from its checkpoint before. */
export const CHECKPOINT_POSITIONS_MAX = 2_000;

/** Undefined where there are too many open positions for one item. */
export function checkpointOf(
  tally: Tally,
  { key, at }: Pick<MovementsEntry, 'key' | 'at'>,
  foldedThrough: EpochSeconds,
): Checkpoint | undefined {
  const positions: string[] = [];
  for (const { reservationId, orderId, committed, since, held } of tally.positions.values()) {
    const slots = [...unfolded({ held }, foldedThrough)].map(([slot, units]) => `${slot}:${units}`);
    if (committed === 0 && slots.length === 0) continue;
    positions.push([reservationId, orderId ?? '-', since, committed, ...slots].join(' '));
  }
  if (positions.length > CHECKPOINT_POSITIONS_MAX) return undefined;
  const { available, committed, held } = tally;
  return {
    through: key,
    throughAt: at,
    accounts: { available, committed, held: Object.fromEntries(held) },
    positions,
  };
}

/** A tally that goes on where the checkpoint ends. */
export function tallyFrom(checkpoint: Checkpoint | undefined): Tally {
  const tally = emptyTally();
  if (checkpoint === undefined) return tally;
  const { available, committed, held } = checkpoint.accounts;
  tally.available = available;
  tally.committed = committed;
  tally.held = slotsOfRecord(Object.entries(held));
  for (const line of checkpoint.positions) {
    const [reservationId = '', orderId, since, units, ...slots] = line.split(' ');
    tally.positions.set(reservationId, {
      reservationId,
      orderId: orderId === '-' ? undefined : orderId,
      held: slotsOfRecord(slots.map((slot): [string, number] => toSlot(slot))),
      committed: Number(units),
      since: Number(since),
      lastKind: undefined,
    });
  }
  return tally;
}

const toSlot = (text: string): [string, number] => {
  const [slot = '', units] = text.split(':');
  return [slot, Number(units)];
};

const slotsOfRecord = (entries: readonly (readonly [string, number])[]): Map<EpochSeconds, number> =>
  new Map(entries.map(([slot, units]) => [Number(slot), units]));
