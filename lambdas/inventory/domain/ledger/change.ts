import type { EpochSeconds, Instant } from '../../../shared/core/instant.ts';
import type { CellKey, ManualAdjustment, PostedCount } from './cell.ts';
import type { Movement } from './movement.ts';
import type { Reservation } from './reservation.ts';
import type { StockItem } from './stock-item.ts';

/** What must still hold in a cell when its change is written; nothing else excludes another change. */
export type Guard = {
  /** At least so many units in `available`, before the change. */
  readonly availableMin?: number;
  readonly committedMin?: number;
  /** At least so many units in each of these buckets. */
  readonly heldMin?: Readonly<Record<string, number>>;
  /** `expiredThrough` is below this bucket: it was not folded yet. */
  readonly expiredThroughBelow?: EpochSeconds;
  /** `expiredThrough` has reached this bucket: what it held is back in `available`. */
  readonly expiredThroughMin?: EpochSeconds;
  /** The cell is as it was read. For a fold only. */
  readonly version?: number;
  /** The last count of the cell is this one; null for none yet. For the next count only. */
  readonly lastCountId?: string | null;
  /** `movementId` of the home cell's last manual adjustment; null for none yet. For counts only. */
  readonly lastAdjustmentId?: string | null;
};

export type CellChange = {
  readonly cell: CellKey;
  /** True where the cell does not exist yet; it must not when the change is written. */
  readonly isNew: boolean;
  readonly available: number;
  readonly committed: number;
  /** What is added to each bucket; negative takes out. */
  readonly held: Readonly<Record<string, number>>;
  /** Slots that the change takes out of the map whole, their units already counted in `available`. */
  readonly expiredBuckets: readonly EpochSeconds[];
  readonly guard: Guard;
  readonly movements: readonly Movement[];
  readonly count?: PostedCount;
  readonly adjustment?: ManualAdjustment;
  /** How often others were in the way of this change before. */
  readonly conflicts?: number;
};

/** What makes the change happen at most once. */
export type IdempotencyRecord =
  | {
      readonly kind: 'reservation';
      readonly after: Reservation;
      readonly expectedVersion: number | undefined;
    }
  | { readonly kind: 'operation'; readonly operation: OperationRecord };

/** The lasting mark of one operation: it makes a repeat return the first answer and change nothing. */
export type OperationRecord = {
  readonly operationId: string;
  readonly fingerprint: string;
  /** The answer that a repeat gets, where the entry is not the answer. */
  readonly result?: unknown;
  readonly at: Instant;
  /** The movement that it marks. A receipt and an adjustment return it, and a lost movement is restored from it. */
  readonly entry?: LedgerEntry;
};
/** One movement and the cell in which it was written. */
export type LedgerEntry = { readonly cell: CellKey; readonly movement: Movement };

/** All of it is written in one transaction, or none of it. */
export type Change = {
  readonly operationId: string;
  readonly at: Instant;
  readonly correlationId: string;
  readonly idempotencyRecord?: IdempotencyRecord;
  /** The marks of movements in further cells; none of them may be there. */
  readonly entryRecords?: readonly OperationRecord[];
  readonly cells: readonly CellChange[];
  readonly stockItem?: { readonly after: StockItem; readonly expectedVersion: number | undefined };
};

/**
 * Most cells that one change touches: each takes two actions of the 100 that a transaction has, and one is the marker's.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
 */
export const CELLS_PER_CHANGE_MAX = 49;

/**
 * Most buckets that one change folds: an update expression has at most 4 KB. Slots of a minute never come near it.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
export const EXPIRED_BUCKETS_PER_CHANGE_MAX = 100;

/**
 * Adds conflicts of earlier attempts to the change, in one cell of each SKU that it writes: so the shard scaling sees which SKU is
 * contended.
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
