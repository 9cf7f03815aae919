import type { Instant } from '../../shared/core/instant.ts';
import type { Page, PageRequest } from '../../shared/core/page.ts';
import type { CellKey } from '../domain/ledger/cell.ts';
import type { Change, OperationRecord } from '../domain/ledger/change.ts';
import type { Cells } from '../domain/ledger/decision.ts';
import type { Movement } from '../domain/ledger/movement.ts';
import type { Owner, Reservation } from '../domain/ledger/reservation.ts';
import type { StockItem } from '../domain/ledger/stock-item.ts';
import type { Location } from '../domain/locations/location.ts';
import type { LevelSweep } from '../domain/stock/level-sweep.ts';
import type { StockLevel } from '../domain/stock/stock-level.ts';

/** Keys of the records to read. */
export type RecordKeys = {
  readonly cells?: readonly CellKey[];
  /** Reservation ids. */
  readonly reservations?: readonly string[];
  /** Operation ids. */
  readonly operations?: readonly string[];
  readonly stockItems?: readonly string[];
  /** Location ids. */
  readonly locations?: readonly string[];
};

/** Existing records, each kind by id. Cells keep the order of their keys. */
export type BookRecords = {
  readonly cells: Cells;
  readonly reservations: ReadonlyMap<string, Reservation>;
  readonly operations: ReadonlyMap<string, OperationRecord>;
  readonly stockItems: ReadonlyMap<string, StockItem>;
  readonly locations: ReadonlyMap<string, Location>;
};

/** Idempotency record that caused a change to fail. */
export type ExistingRecord = {
  readonly reservation?: Reservation;
  readonly operation?: OperationRecord;
};

/** Outcome of the write of a change. Only `applied` has written anything. */
export type ApplyResult =
  | { readonly outcome: 'applied' }
  /** Another transaction was writing cells of these SKUs, or DynamoDB throttled the write. */
  | { readonly outcome: 'busy'; readonly contendedSkus?: readonly string[] }
  /** A guard, a version or an idempotency record did not match. */
  | ({ readonly outcome: 'conditionFailed' } & ExistingRecord);

/** Reads and writes the records of the book. */
export interface StockStore {
  /** Reads each record strongly consistently, but not all at one moment. */
  read(keys: RecordKeys): Promise<BookRecords>;
  /**
   * Writes all of a change or nothing. Each entry of `contendedSkus` is one conflict of an earlier
   * attempt in a cell of that SKU. The change adds them to the conflict counts of its balances.
   */
  apply(change: Change, contendedSkus?: readonly string[]): Promise<ApplyResult>;
  /**
   * Writes all changes or none, in one transaction. They must be mergeable. The result has no
   * existing record.
   */
  applyGroup(changes: readonly Change[]): Promise<ApplyResult>;
  /** Waits a short random time before attempt number `attempt`, shorter if it reads other cells. */
  backoff(attempt: number, isElsewhere?: boolean): Promise<void>;
}

export type LocatedMovement = Movement & { readonly locationId: string; readonly shard: number };

/** Reads lists. Throws 400 VALIDATION_FAILED for a cursor of another list. */
export interface StockReader {
  /** Lists the SKUs, in no order. */
  listSkus(page: PageRequest): Promise<Page<string>>;
  /**
   * Lists the movements of all cells up to `until`, newest first. Returns undefined for an unknown
   * SKU.
   */
  listMovements(
    sku: string,
    page: PageRequest,
    until?: Instant,
  ): Promise<Page<LocatedMovement> | undefined>;
  findReservation(reservationId: string): Promise<Reservation | undefined>;
}

/** Lists the reservations of one owner. */
export interface OwnedReservationReader {
  /** Lists COMMITTED reservations of a service, oldest first. The list is eventually consistent. */
  listCommitted(owner: Owner, page: PageRequest): Promise<Page<Reservation>>;
}

export interface StockItemStore {
  /** Writes the next version. Returns false if the stored version is not the one before `after`. */
  replace(after: StockItem): Promise<boolean>;
}

/** Reads levels by SKU. A SKU without a record is out of stock everywhere. */
export interface StockLevelStore {
  /** Reads the records that the next versions are decided on, strongly consistent. */
  read(skus: readonly string[]): Promise<ReadonlyMap<string, StockLevel>>;
  /** Reads the records to show, eventually consistent. Omits unreadable ones, and logs them. */
  readForDisplay(skus: readonly string[]): Promise<ReadonlyMap<string, StockLevel>>;
  /** Writes the next version. Returns false if the stored version is not the one before `after`. */
  replace(after: StockLevel): Promise<boolean>;
}

/** Lists the SKUs whose levels wait for a look. */
export interface WakeReader {
  /** Lists SKUs whose `wakeAt` is at or before `now`, earliest first, eventually consistent. */
  listDue(now: Instant, page: PageRequest): Promise<Page<string>>;
}

export interface LevelSweepStore {
  /** Reads the sweep, strongly consistent. Returns undefined before the first one. */
  find(): Promise<LevelSweep | undefined>;
  /** Writes the next version. Returns false if the stored version is not the one before `after`. */
  replace(after: LevelSweep): Promise<boolean>;
}

export interface Metrics {
  /** Adds a count to each metric. */
  putCounts(counts: Readonly<Record<string, number>>): void;
}

export interface LocationStore {
  /** Reads the record of a location, strongly consistent. Returns undefined if it has none. */
  find(locationId: string): Promise<Location | undefined>;
  /**
   * Lists locations by id, strongly consistent. Includes `main` if it has no record. Throws 400
   * VALIDATION_FAILED for a cursor of another list.
   */
  list(page: PageRequest): Promise<Page<Location>>;
  /** Writes the next version. Returns false if the stored version is not the one before `after`. */
  replace(after: Location): Promise<boolean>;
}
