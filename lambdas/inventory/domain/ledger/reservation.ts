import type { ReservationStatus, Shortage } from '../../../contracts/api/reservations.ts';
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
 * Each happens at most once. A record without lines is a tombstone: a release or a commit arrived
 * without its reserve.
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
export function mergeLines(lines: readonly RequestedLine[]): Demand[] {
  const merged = new Map<string, Demand>();
  for (const { sku, quantity, locationId } of lines) {
    const { locationId: at, ...key } = homeCellKey(sku, locationId);
    const id = cellIdOf({ ...key, locationId: at });
    merged.set(id, { sku, quantity: (merged.get(id)?.quantity ?? 0) + quantity, locationId: at });
  }
  return [...merged.values()];
}
