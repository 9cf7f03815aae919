import type { Instant } from '../../../shared/core/instant.ts';
import type { Page } from '../../../shared/core/page.ts';
import type { UnreadableRecord } from '../../../shared/core/unreadable-record.ts';
import type { MovementBatch } from '../../domain/audit/balance-replay.ts';
import type { Checkpoint } from '../../domain/audit/checkpoint.ts';
import type { Cell, CellKey } from '../../domain/ledger/cell.ts';
import type { OperationRecord } from '../../domain/ledger/change.ts';
import type { Reservation, ReservationLine } from '../../domain/ledger/reservation.ts';
import type { StockItem } from '../../domain/ledger/stock-item.ts';

/** Segment of a parallel scan, and the cursor of its last page. */
export type ScanSegment = {
  readonly segment: number;
  readonly segments: number;
  readonly cursor?: string | undefined;
};

export type CellReading = {
  readonly cell?: Cell;
  readonly checkpoint?: Checkpoint;
  /** Records of these two that exist and cannot be read. */
  readonly unreadable: { readonly cell?: UnreadableRecord; readonly checkpoint?: UnreadableRecord };
};
/** Item of movements, or the problem of one that cannot be read. */
export type MovementBatchReading = MovementBatch | { readonly unreadable: UnreadableRecord };
export type KeyRange = {
  /** Sort key after which to start. */
  readonly after?: string | undefined;
  /** Time from which to start, inclusive; instead of a key. */
  readonly since?: Instant | undefined;
  /** End, inclusive. */
  readonly until: Instant;
};

export type ReservationAudit = {
  readonly reservation: Reservation;
  /** Lines whose cells have no RESERVED movement for it. */
  readonly linesWithoutMovement: readonly ReservationLine[];
};

export type RecordIds = {
  readonly reservations: readonly string[];
  readonly operations: readonly string[];
};
export type SourceRecords = {
  readonly reservations: readonly Reservation[];
  readonly operations: readonly OperationRecord[];
  readonly unreadable: readonly UnreadableRecord[];
};

/** A page of SKUs, and the unreadable records among them and their locations. */
export type StockItemPage = Page<StockItem> & {
  readonly unreadable: readonly UnreadableRecord[];
  /** Ids of the locations of these SKUs that have a record, readable or not. */
  readonly recordedLocationIds: ReadonlySet<string>;
};

/**
 * Reads the book for audits. All reads are strongly consistent, except those of an index:
 * `scanStockItems` and `entryRecordIdsOf`.
 */
export interface AuditReader {
  /** Reads a page of SKUs. Throws 400 VALIDATION_FAILED for a cursor of another list. */
  scanStockItems(segment: ScanSegment, limit: number): Promise<StockItemPage>;
  /** Returns the cursor of the page that starts after the SKU. */
  cursorAfter(sku: StockItem): string;
  readCell(cell: CellKey): Promise<CellReading>;
  /** Reads the movements of a cell in the order of their keys. */
  movements(cell: CellKey, range: KeyRange): AsyncIterable<MovementBatchReading>;
  /** Returns the ids of the operations that were entered into the cell at `since` or later. */
  entryRecordIdsOf(cell: CellKey, since: Instant): Promise<readonly string[]>;
  /** Reads the records that exist. */
  readRecords(ids: RecordIds): Promise<SourceRecords>;
  /** Returns the lines of each reservation that have no RESERVED movement. */
  findLinesWithoutMovement(
    reservations: readonly Reservation[],
  ): Promise<readonly ReservationAudit[]>;
  /** Writes a checkpoint. Replaces only an older or an unreadable one. */
  saveCheckpoint(cell: CellKey, checkpoint: Checkpoint, isUnreadable: boolean): Promise<void>;
  /** Waits a short random time before attempt number `attempt`. */
  backoff(attempt: number): Promise<void>;
}
