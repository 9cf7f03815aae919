import type { MovementKind } from '../../../contracts/api/inventory.ts';
import type { ReservationStatus } from '../../../contracts/api/reservations.ts';
import { type ReservationLine, statusAfterParts } from '../ledger/reservation.ts';
import type { Position } from './balance-replay.ts';
import { type ReservedUnits, unitsByMovements } from './lost-movements.ts';

/** State of a reservation in a cell by the movements there, as of a version of the cell. */
export type ReplayedReservation = {
  readonly units: ReservedUnits;
  /** Committed units that were shipped, and committed units that were released. */
  readonly shipped: number;
  readonly released: number;
  readonly lastKind: MovementKind | undefined;
  readonly version: number;
};

export const replayedReservationOf = (
  position: Position | undefined,
  { expiredThrough, version }: { readonly expiredThrough: number; readonly version: number },
): ReplayedReservation => ({
  units: unitsByMovements(position, expiredThrough),
  shipped: position?.shipped ?? 0,
  released: position?.released ?? 0,
  lastKind: position?.lastKind,
  version,
});

/** State of the units of a line. Those of `SETTLED` were committed, and have parts. */
export type LineState =
  | { readonly status: 'HELD'; readonly heldUntil: number }
  | { readonly status: 'RELEASED' | 'EXPIRED' }
  | { readonly status: 'SETTLED'; readonly shipped: number; readonly released: number };

/** Returns the state of a line that its movements show. Undefined where they show no one state. */
export function lineStateOf(
  found: Omit<ReplayedReservation, 'version'> | undefined,
  quantity: number,
): LineState | undefined {
  if (found === undefined) return undefined;
  const { units, shipped, released, lastKind } = found;
  const settled = units.committed + shipped + released;
  const [bucket, ...others] = units.held;
  if (bucket !== undefined) {
    const isHeld = others.length === 0 && bucket[1] === quantity && settled === 0;
    return isHeld && units.committed === 0 ? { status: 'HELD', heldUntil: bucket[0] } : undefined;
  }
  if (settled === quantity && units.committed >= 0) return { status: 'SETTLED', shipped, released };
  if (settled !== 0 || units.committed !== 0) return undefined;
  return { status: lastKind === 'RELEASED' ? 'RELEASED' : 'EXPIRED' };
}

/** Fields of a reservation that follow from the states of all its lines. */
export type ReplayedStatus = {
  readonly status: ReservationStatus;
  readonly heldUntil?: number;
  readonly lines: readonly ReservationLine[];
};

/** Returns the lines with the parts that their movements show, and the status of all of them. */
export function statusOfLines(
  lines: readonly ReservationLine[],
  states: readonly LineState[],
): ReplayedStatus | undefined {
  const [first] = states;
  if (first === undefined || !states.every((state) => isSameState(state, first))) return undefined;
  const after = lines.map((line, index) => withParts(line, states[index]));
  switch (first.status) {
    case 'SETTLED':
      return { status: statusAfterParts(after), lines: after };
    case 'HELD':
      return { status: 'HELD', heldUntil: first.heldUntil, lines: after };
    case 'RELEASED':
    case 'EXPIRED':
      return { status: first.status, lines: after };
  }
}

const isSameState = (a: LineState, b: LineState): boolean =>
  a.status === b.status &&
  (a.status !== 'HELD' || b.status !== 'HELD' || a.heldUntil === b.heldUntil);

function withParts(
  { sku, locationId, shard, quantity }: ReservationLine,
  state: LineState | undefined,
): ReservationLine {
  const { shipped, released } = state?.status === 'SETTLED' ? state : { shipped: 0, released: 0 };
  return {
    sku,
    locationId,
    shard,
    quantity,
    ...(shipped > 0 ? { shipped } : {}),
    ...(released > 0 ? { released } : {}),
  };
}
