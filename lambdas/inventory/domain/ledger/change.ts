import type { EpochSeconds, Instant } from '../../../shared/core/instant.ts';
import type { Location } from '../locations/location.ts';
import type { CellKey, ManualAdjustment, PostedCount } from './cell.ts';
import type { Movement } from './movement.ts';
import type { Reservation } from './reservation.ts';
import type { StockItem } from './stock-item.ts';

/**
 * Conditions that a cell must meet when its change is written. Nothing else excludes a concurrent
 * change.
 */
export type Guard = {
  /** Minimum of `available` before the change. */
  readonly availableMin?: number;
  readonly committedMin?: number;
  /** Minimum units in each of these buckets. */
  readonly heldMin?: Readonly<Record<string, number>>;
  /** The watermark is below this bucket: the bucket has not expired. */
  readonly expiredThroughBelow?: EpochSeconds;
  /** The watermark has reached this bucket: its units are back in `available`. */
  readonly expiredThroughMin?: EpochSeconds;
  /** The cell has this version. For changes that expire buckets. */
  readonly version?: number;
  /** Id of the cell's last count; null for none. For the next count only. */
  readonly lastCountId?: string | null;
  /** `movementId` of the home cell's last manual adjustment; null for none. For counts only. */
  readonly lastAdjustmentId?: string | null;
  /** Floor of the home cell when it was read; null for none. For changes that keep it. */
  readonly floor?: number | null;
};

export type CellChange = {
  readonly cell: CellKey;
  /** True for a cell that must not exist before the change. */
  readonly isNew: boolean;
  readonly available: number;
  readonly committed: number;
  /** Units to add to each bucket; negative to take out. */
  readonly held: Readonly<Record<string, number>>;
  /** Buckets that the change removes; their units are already counted in `available`. */
  readonly expiredBuckets: readonly EpochSeconds[];
  readonly guard: Guard;
  readonly movements: readonly Movement[];
  readonly count?: PostedCount;
  readonly adjustment?: ManualAdjustment;
  /** Floor to set; 0 removes it. */
  readonly floor?: number;
  /** Number of write conflicts that earlier attempts met. */
  readonly conflicts?: number;
};

/** The record that lets the change happen at most once. */
export type IdempotencyRecord =
  | {
      readonly kind: 'reservation';
      readonly after: Reservation;
      readonly expectedVersion: number | undefined;
    }
  | { readonly kind: 'operation'; readonly operation: OperationRecord };

/** Record of one operation. A repeat returns the first result and changes nothing. */
export type OperationRecord = {
  readonly operationId: string;
  readonly fingerprint: string;
  /** Result of the operation, where it is not the entry. */
  readonly result?: unknown;
  readonly at: Instant;
  /**
   * The movement that the operation wrote. A receipt and an adjustment return it, and a lost
   * movement is restored from it.
   */
  readonly entry?: LedgerEntry;
};
/** One movement, and the cell in which it was written. */
export type LedgerEntry = { readonly cell: CellKey; readonly movement: Movement };

/** A change of the book. It is written in one transaction or not at all. */
export type Change = {
  readonly operationId: string;
  readonly at: Instant;
  readonly correlationId: string;
  readonly idempotencyRecord?: IdempotencyRecord;
  /** Operation records of movements in further cells. None of them may exist. */
  readonly entryRecords?: readonly OperationRecord[];
  readonly cells: readonly CellChange[];
  readonly stockItem?: { readonly after: StockItem; readonly expectedVersion: number | undefined };
  /** Record of a location that must not exist before the change. */
  readonly newLocation?: Location;
};

/**
 * Maximum number of cells in one change: each takes two of the 100 actions of a transaction, and
 * the idempotency record takes one.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
export const CELLS_PER_CHANGE_MAX = 49;

/**
 * Maximum number of buckets that one change expires: an update expression has at most 4 KB. Buckets
 * of a minute never come near it.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
export const EXPIRED_BUCKETS_PER_CHANGE_MAX = 100;

/**
 * Adds conflicts of earlier attempts to the change, in one cell of each SKU that it writes, so that
 * the shard scaling sees which SKU is contended.
 */
export function withConflicts(change: Change, contendedSkus: readonly string[]): Change {
  if (contendedSkus.length === 0) return change;
  const open = new Set(contendedSkus);
  const cells = change.cells.map((cellChange) => {
    const { sku } = cellChange.cell;
    if (!open.delete(sku) || cellChange.isNew) return cellChange;
    return { ...cellChange, conflicts: contendedSkus.filter((one) => one === sku).length };
  });
  return { ...change, cells };
}
