import type { Instant } from '../../../shared/core/instant.ts';
import type { Page } from '../../../shared/core/page.ts';
import type { Unreadable } from '../../../shared/core/unreadable.ts';
import type { Checkpoint } from '../../domain/audit/checkpoint.ts';
import type { MovementsEntry } from '../../domain/audit/tally.ts';
import type { Cell, CellKey } from '../../domain/ledger/cell.ts';
import type { Operation } from '../../domain/ledger/change.ts';
import type { Reservation, ReservationLine } from '../../domain/ledger/reservation.ts';
import type { Sku } from '../../domain/ledger/sku.ts';

/** One of so many parts of a walk, from where the last page ended. */
export type Part = {
  readonly segment: number;
  readonly segments: number;
  readonly cursor?: string | undefined;
};

export type CellHead = {
  readonly cell?: Cell;
  readonly checkpoint?: Checkpoint;
  /** Records of the two that are there and cannot be read. */
  readonly unreadable: { readonly cell?: Unreadable; readonly checkpoint?: Unreadable };
};
/** An item of movements, or what is wrong with one that cannot be read. */
export type EntryRead = MovementsEntry | { readonly unreadable: Unreadable };
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
  readonly unmoved: readonly ReservationLine[];
};

export type MarkerIds = {
  readonly reservations: readonly string[];
  readonly operations: readonly string[];
};
export type Markers = {
  readonly reservations: readonly Reservation[];
  readonly operations: readonly Operation[];
  readonly unreadable: readonly Unreadable[];
};

export type SkuPage = Page<Sku> & { readonly unreadable: readonly Unreadable[] };

/** The book as an auditor reads it. All strongly consistent, but for `operationsOf`, which asks an index. */
export interface AuditReader {
  /** Throws InvalidCursor for a cursor that it did not give. */
  skus(part: Part, limit: number): Promise<SkuPage>;
  /** Where a page begins that goes on after the sku. */
  cursorAfter(sku: Sku): string;
  head(cell: CellKey): Promise<CellHead>;
  /** In the order of their keys. */
  movements(cell: CellKey, range: KeyRange): AsyncIterable<EntryRead>;
  /** The ids of the marks of what was entered into the cell at `since` or later. */
  operationsOf(cell: CellKey, since: Instant): Promise<readonly string[]>;
  /** Those that there are, and those that cannot be read. */
  markers(ids: MarkerIds): Promise<Markers>;
  /** Looks for the movements of their reserving. */
  withUnmoved(reservations: readonly Reservation[]): Promise<readonly ReservationAudit[]>;
  /** Writes over one that reaches less far, and over one that cannot be read. */
  saveCheckpoint(cell: CellKey, checkpoint: Checkpoint, isUnreadable: boolean): Promise<void>;
  /** Waits a short random time before look number `looked`. */
  pause(looked: number): Promise<void>;
}
