import type { ReservationStatus, Shortage } from '../../../contracts/inventory-api.ts';
import type { EpochSeconds, Instant } from '../../../shared/core/instant.ts';
import { toEpochSeconds } from '../../../shared/core/instant.ts';
import { type CellKey, cellIdOf, homeCellKey } from './cell.ts';

export type ReservationLine = CellKey & { readonly quantity: number };

export type CommitFailure = {
  readonly code: CommitFailureCode;
  readonly shortages: readonly Shortage[];
};
export type CommitFailureCode =
  | 'RESERVATION_EXPIRED'
  | 'RESERVATION_RELEASED'
  | 'RESERVATION_UNKNOWN';

/** An extension that was given, so that its repeat gets the same answer. */
export type Extension = {
  readonly operationId: string;
  readonly fingerprint: string;
  readonly heldUntil: EpochSeconds;
};

/** The trace that a repair leaves on the record. */
export type ReservationRepair = {
  readonly findingId: string;
  /** Of the record that was repaired. */
  readonly version: number;
  readonly action: string;
  readonly at: Instant;
  readonly statusBefore: ReservationStatus;
  readonly omitted?: number;
};

/**
 * HELD → COMMITTED → FULFILLED; HELD → RELEASED | EXPIRED; COMMITTED → RELEASED. Each step at most once. A record without
 * lines is the tombstone of a release, or the mark of a commit, that came before (or long after) its reserve.
 */
export type Reservation = {
  readonly reservationId: string;
  readonly status: ReservationStatus;
  readonly lines: readonly ReservationLine[];
  readonly heldUntil?: EpochSeconds;
  readonly orderId?: string;
  readonly fingerprint?: string;
  readonly extensions: readonly Extension[];
  readonly commitFailure?: CommitFailure;
  readonly repairs?: readonly ReservationRepair[];
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly correlationId: string;
};

export type RequestedLine = {
  readonly sku: string;
  readonly quantity: number;
  readonly locationId?: string | undefined;
};

/** How it reads at `now`: a hold past its bucket is EXPIRED, though nothing was written. */
export const statusAt = ({ status, heldUntil }: Reservation, now: Instant): ReservationStatus =>
  status === 'HELD' && heldUntil !== undefined && heldUntil <= toEpochSeconds(now)
    ? 'EXPIRED'
    : status;

/** What is wanted of a sku at a location, from whichever of its cells. */
export type Demand = Pick<ReservationLine, 'sku' | 'locationId' | 'quantity'>;

/** Lines of one sku and location become one: those of a request, and those of a reservation that has units of several cells. */
export function mergeLines(lines: readonly RequestedLine[]): Demand[] {
  const merged = new Map<string, Demand>();
  for (const { sku, quantity, locationId } of lines) {
    const { locationId: at, ...key } = homeCellKey(sku, locationId);
    const id = cellIdOf({ ...key, locationId: at });
    merged.set(id, { sku, quantity: (merged.get(id)?.quantity ?? 0) + quantity, locationId: at });
  }
  return [...merged.values()];
}
