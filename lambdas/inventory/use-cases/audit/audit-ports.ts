import type { Instant } from '../../../shared/core/instant.ts';
import type { Page } from '../../../shared/core/page.ts';
import type { UnreadableRecord } from '../../../shared/core/unreadable-record.ts';
import type { MovementBatch } from '../../domain/audit/balance-replay.ts';
import type { Checkpoint } from '../../domain/audit/checkpoint.ts';
import type { Cell, CellKey } from '../../domain/ledger/cell.ts';
import type { OperationRecord } from '../../domain/ledger/change.ts';
import type { Reservation, ReservationLine } from '../../domain/ledger/reservation.ts';
import type { StockItem } from '../../domain/ledger/stock-item.ts';

/** One of so many parts of a walk, from where the last page ended. */
export type ScanSegment = {
  readonly segment: number;
  readonly segments: number;
  readonly cursor?: string | undefined;
};

export type CellReading = {
  readonly cell?: Cell;
  readonly checkpoint?: Checkpoint;
  /** Records of the two that are there and cannot be read. */
  readonly unreadable: { readonly cell?: UnreadableRecord; readonly checkpoint?: UnreadableRecord };
};
/** An item of movements, or what is wrong with one that cannot be read. */
export type MovementBatchReading = MovementBatch | { readonly unreadable: UnreadableRecord };
export type KeyRange = {
  /** A key; excluded. */
  readonly after?: string | undefined;
  /** Included; instead of a key. */
  readonly since?: Instant | undefined;
  /** Included. */
  readonly until: Instant;
};

export type ReservationAudit = {
  readonly reservation: Reservation;
  /** Lines in whose cells no movement tells of its reserving. */
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

export type StockItemPage = Page<StockItem> & { readonly unreadable: readonly UnreadableRecord[] };

/** The book as an auditor reads it. All strongly consistent, but for `operationsOf`, which asks an index. */
export interface AuditReader {
  /** Throws InvalidCursor for a cursor that it did not give. */
  scanStockItems(segment: ScanSegment, limit: number): Promise<StockItemPage>;
  /** Where a page begins that goes on after the sku. */
  cursorAfter(sku: StockItem): string;
  readCell(cell: CellKey): Promise<CellReading>;
  /** In the order of their keys. */
  movements(cell: CellKey, range: KeyRange): AsyncIterable<MovementBatchReading>;
  /** The ids of the marks of what was entered into the cell at `since` or later. */
  entryRecordIdsOf(cell: CellKey, since: Instant): Promise<readonly string[]>;
  /** Those that there are, and those that cannot be read. */
  readRecords(ids: RecordIds): Promise<SourceRecords>;
  /** Looks for the movements of their reserving. */
  findLinesWithoutMovement(
    reservations: readonly Reservation[],
  ): Promise<readonly ReservationAudit[]>;
  /** Writes over one that reaches less far, and over one that cannot be read. */
  saveCheckpoint(cell: CellKey, checkpoint: Checkpoint, isUnreadable: boolean): Promise<void>;
  /** Waits a short random time before look number `looked`. */
  backoff(attempt: number): Promise<void>;
}
