import type { Instant } from '../../shared/core/instant.ts';
import type { Page, PageRequest } from '../../shared/core/page.ts';
import type { CellKey } from '../domain/ledger/cell.ts';
import type { Change, OperationRecord } from '../domain/ledger/change.ts';
import type { BookState } from '../domain/ledger/decision.ts';
import type { Movement } from '../domain/ledger/movement.ts';
import type { Reservation } from '../domain/ledger/reservation.ts';
import type { StockItem } from '../domain/ledger/stock-item.ts';

/** What a decision reads. All of it strongly consistent; the cells of a sku or a reservation are those that its record names. */
export type Reads = {
  readonly cells?: readonly CellKey[];
  readonly reservationId?: string;
  readonly cellsOfReservation?: boolean;
  /** Several reservations, and after them the cells of all their lines. */
  readonly reservations?: readonly string[];
  readonly operationId?: string;
  readonly sku?: string;
  /** The records of skus, and nothing of their cells. */
  readonly records?: readonly string[];
  /** The records of skus, and after them all cells that may have units. */
  readonly skus?: readonly string[];
};

/** How the write of a change ended. */
export type ApplyResult =
  | { readonly outcome: 'applied' }
  /** Another transaction was in the way, in these cells, or the table was too busy. Nothing was written. */
  | { readonly outcome: 'busy'; readonly contended?: readonly CellKey[] }
  /** A guard or a marker no longer held. Nothing was written; the marker that was there instead is told. */
  | {
      readonly outcome: 'refused';
      readonly reservation?: Reservation;
      readonly operation?: OperationRecord;
    };

/** The book's keeper: reads states, writes changes whole or not at all. */
export interface StockStore {
  load(reads: Reads): Promise<BookState>;
  apply(change: Change): Promise<ApplyResult>;
  /** Writes all of them or none, in one transaction; whose marker was there instead is not told. They must be mergeable. */
  applyGroup(changes: readonly Change[]): Promise<ApplyResult>;
  /** Waits a short random time before try number `attempt`; a shorter one where that asks for other cells. */
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
  find(sku: string): Promise<StockItem | undefined>;
  load(sku: string): Promise<BookState>;
  /** False when the sku is no longer at the version before `after`. */
  replace(after: StockItem): Promise<boolean>;
}
