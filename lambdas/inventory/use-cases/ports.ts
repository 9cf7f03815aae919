import type { Instant } from '../../shared/core/instant.ts';
import type { Page, PageRequest } from '../../shared/core/page.ts';
import type { CellKey } from '../domain/ledger/cell.ts';
import type { Change, OperationRecord } from '../domain/ledger/change.ts';
import type { Cells } from '../domain/ledger/decision.ts';
import type { Movement } from '../domain/ledger/movement.ts';
import type { Reservation } from '../domain/ledger/reservation.ts';
import type { StockItem } from '../domain/ledger/stock-item.ts';

/** Which records to read. */
export type RecordKeys = {
  readonly cells?: readonly CellKey[];
  /** Ids of reservations. */
  readonly reservations?: readonly string[];
  /** Ids of operations. */
  readonly operations?: readonly string[];
  /** SKUs. */
  readonly stockItems?: readonly string[];
};

/** The records that exist, each kind by id. Cells stand in the order of their keys. */
export type BookRecords = {
  readonly cells: Cells;
  readonly reservations: ReadonlyMap<string, Reservation>;
  readonly operations: ReadonlyMap<string, OperationRecord>;
  readonly stockItems: ReadonlyMap<string, StockItem>;
};

/** The idempotency record that was in the way of a change. */
export type ExistingRecord = {
  readonly reservation?: Reservation;
  readonly operation?: OperationRecord;
};

/** How the write of a change ended. */
export type ApplyResult =
  | { readonly outcome: 'applied' }
  /** Another transaction was writing cells of these SKUs, or the table was throttled. Nothing was written. */
  | { readonly outcome: 'busy'; readonly contendedSkus?: readonly string[] }
  /** A guard, a version or an idempotency record did not allow it. Nothing was written. */
  | ({ readonly outcome: 'conditionFailed' } & ExistingRecord);

/** Reads and writes the records of the book. */
export interface StockStore {
  /** Reads records, each strongly consistent, but not all at one moment. */
  read(keys: RecordKeys): Promise<BookRecords>;
  /**
   * Writes all of a change or nothing. Each of `contendedSkus` counts as one conflict that an earlier attempt met in a cell of that SKU;
   * they are added to the balances that the change writes.
   */
  apply(change: Change, contendedSkus?: readonly string[]): Promise<ApplyResult>;
  /** Writes all changes or none, in one transaction. They must be mergeable. The result names no existing record. */
  applyGroup(changes: readonly Change[]): Promise<ApplyResult>;
  /** Waits a short random time before attempt number `attempt`; a shorter one if that reads other cells. */
  backoff(attempt: number, isElsewhere?: boolean): Promise<void>;
}

export type LocatedMovement = Movement & { readonly locationId: string; readonly shard: number };

/** Throws InvalidCursor for a cursor that it did not give. */
export interface StockReader {
  /** The ids of the SKUs that there are, in no order. */
  listSkus(page: PageRequest): Promise<Page<string>>;
  /** Of all cells of the sku until `until`, newest first; undefined for a sku that is not known. */
  listMovements(
    sku: string,
    page: PageRequest,
    until?: Instant,
  ): Promise<Page<LocatedMovement> | undefined>;
  findReservation(reservationId: string): Promise<Reservation | undefined>;
}

export interface StockItemStore {
  /** Returns false if the record is no longer at the version before `after`. */
  replace(after: StockItem): Promise<boolean>;
}
