import type { ReservationStatus, Shortage } from '../../../contracts/api/reservations.ts';
import type { EpochSeconds, Instant } from '../../../shared/core/instant.ts';
import { toEpochSeconds } from '../../../shared/core/instant.ts';
import { type CellKey, cellIdOf, homeCellKey } from './cell.ts';

/** Units of a reservation in one cell. The parts are of committed units; absent is 0. */
export type ReservationLine = CellKey & {
  readonly quantity: number;
  readonly shipped?: number;
  readonly released?: number;
};

/** Returns the units of a line that are neither shipped nor released. */
export const openUnitsOf = ({ quantity, shipped = 0, released = 0 }: ReservationLine): number =>
  quantity - shipped - released;

/**
 * Returns true for a COMMITTED record without open units: its status or its parts were edited. No
 * step may be taken, because it would take nothing.
 */
export const contradictsParts = ({ status, lines }: Reservation): boolean =>
  status === 'COMMITTED' && lines.every((line) => openUnitsOf(line) === 0);

/**
 * The party that made a reservation. Only it ships or releases parts of it. `service` has the name
 * of a caller that is not orders.
 */
export type Owner = 'order' | 'inbound' | `service:${string}`;

export type PartKind = 'ship' | 'release';
/** A step that shipped or released a part, so that its repeat takes nothing more. */
export type PartStep = {
  readonly stepId: string;
  readonly kind: PartKind;
  readonly fingerprint: string;
  readonly at: Instant;
};
/** Maximum steps of a reservation that name lines: 100 steps are about 12 KB of its record. */
export const PART_STEPS_MAX = 100;

export type CommitFailure = {
  readonly code: CommitFailureCode;
  readonly shortages: readonly Shortage[];
};
export type CommitFailureCode =
  | 'RESERVATION_EXPIRED'
  | 'RESERVATION_RELEASED'
  | 'RESERVATION_UNKNOWN';

/** An extension that was granted, so that its repeat gets the same result. */
export type Extension = {
  readonly operationId: string;
  readonly fingerprint: string;
  readonly heldUntil: EpochSeconds;
};

/** Trace of a repair. */
export type ReservationRepair = {
  readonly findingId: string;
  /** Version of the record before the repair. */
  readonly version: number;
  readonly action: string;
  readonly at: Instant;
  readonly statusBefore: ReservationStatus;
  readonly omitted?: number;
};

/**
 * Status changes: HELD → COMMITTED → FULFILLED, HELD → RELEASED or EXPIRED, COMMITTED → RELEASED.
 * Each happens at most once. It is COMMITTED until no unit is open, then FULFILLED if some unit was
 * shipped, else RELEASED. A record without lines is a tombstone: a release or a commit arrived
 * without its reserve.
 */
export type Reservation = {
  readonly reservationId: string;
  readonly status: ReservationStatus;
  readonly lines: readonly ReservationLine[];
  readonly heldUntil?: EpochSeconds;
  readonly orderId?: string;
  /** Absent is `order`. */
  readonly owner?: Owner;
  readonly fingerprint?: string;
  readonly extensions: readonly Extension[];
  readonly steps?: readonly PartStep[];
  readonly commitFailure?: CommitFailure;
  readonly repairs?: readonly ReservationRepair[];
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly correlationId: string;
};

export const ownerOf = ({ owner = 'order' }: Reservation): Owner => owner;

/** Returns the status of a reservation that was committed, by the parts of its lines. */
export function statusAfterParts(
  lines: readonly ReservationLine[],
): 'COMMITTED' | 'FULFILLED' | 'RELEASED' {
  if (lines.some((line) => openUnitsOf(line) > 0)) return 'COMMITTED';
  return lines.some(({ shipped = 0 }) => shipped > 0) ? 'FULFILLED' : 'RELEASED';
}

/**
 * Returns the status at `now`: a hold past its bucket is EXPIRED, even if no change was written.
 */
export const statusAt = ({ status, heldUntil }: Reservation, now: Instant): ReservationStatus =>
  status === 'HELD' && heldUntil !== undefined && heldUntil <= toEpochSeconds(now)
    ? 'EXPIRED'
    : status;

/** Quantity of a SKU wanted at a location, from any of its cells. */
export type Demand = Pick<ReservationLine, 'sku' | 'locationId' | 'quantity'>;

/**
 * Merges lines of one SKU and location. A reservation has several where it holds units of several
 * cells.
 */
export function mergeLines(lines: readonly Demand[]): Demand[] {
  const merged = new Map<string, Demand>();
  for (const { sku, quantity, locationId } of lines) {
    const id = cellIdOf(homeCellKey(sku, locationId));
    merged.set(id, { sku, quantity: (merged.get(id)?.quantity ?? 0) + quantity, locationId });
  }
  return [...merged.values()];
}
