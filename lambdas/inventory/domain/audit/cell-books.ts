import type { ReservationStatus } from '../../../contracts/api/reservations.ts';
import type { EpochSeconds, Instant } from '../../../shared/core/instant.ts';
import type { Cell, CellKey } from '../ledger/cell.ts';
import type { OperationRecord } from '../ledger/change.ts';
import type { Reservation } from '../ledger/reservation.ts';
import type { Accounts } from './accounts.ts';
import type { ReplayedBalance } from './balance-replay.ts';
import type { LostMovement, ReservedUnits } from './lost-movements.ts';

/** All records of a cell, read while the cell did not change. */
export type CellBooks = {
  readonly cell: Cell;
  readonly replay: ReplayedBalance;
  /**
   * Reservations of all positions, and those that may have moved units without a trace. A missing
   * record has no entry.
   */
  readonly reservations: ReadonlyMap<string, Reservation>;
  /** Operation records of the postings. */
  readonly operations: ReadonlyMap<string, OperationRecord>;
  /** Operation records that name this cell, from the checkpoint on. */
  readonly entryRecords: readonly OperationRecord[];
  /** `reservation:<id>` or `operation:<id>` of each record that exists and cannot be read. */
  readonly unreadable: ReadonlySet<string>;
};

/**
 * Reason to doubt the movements of a cell where its balance differs: a record disagrees or is
 * missing; an operation record is missing, so that a person may know better; sums are negative; a
 * bucket that has not expired has units; a record is unreadable.
 */
export type Doubt =
  | 'RECORD_CONFLICT'
  | 'OPERATION_RECORD_MISSING'
  | 'NEGATIVE_SUM'
  | 'OPEN_HOLD'
  | 'UNREADABLE_RECORD';

export type CellVersion = { readonly cell: CellKey; readonly version: number };
export type CellDisagreement = CellVersion &
  (
    | {
        readonly kind: 'BALANCE_DIFFERS';
        readonly balance: Accounts;
        readonly movements: Accounts;
        readonly doubt?: Doubt;
        readonly isRebuildable: boolean;
      }
    | { readonly kind: 'BALANCE_NEGATIVE'; readonly balance: Accounts }
    | {
        readonly kind: 'EXPIRED_BUCKET_NOT_EMPTY';
        readonly balance: Accounts;
        readonly expiredThrough: EpochSeconds;
      }
    | {
        readonly kind: 'MOVEMENT_MISSING';
        readonly lost: readonly LostMovement[];
        /**
         * True where they can be written again: the balance includes them, or it was changed and
         * may include them.
         */
        readonly isRestorable: boolean;
        /** True where the balance includes them, so that only the movements are missing. */
        readonly isCertain: boolean;
        readonly since: Instant;
      }
    | {
        readonly kind: 'RECORD_MISSING';
        readonly record: string;
        readonly movementIds: readonly string[];
        readonly quantity: number;
        readonly since: Instant;
      }
    | {
        readonly kind: 'RESERVATION_DIFFERS';
        readonly reservationId: string;
        readonly orderId?: string;
        readonly reservationVersion: number;
        readonly status: ReservationStatus;
        /** Units by its movements. */
        readonly expected: ReservedUnits;
        /** Units by its record. */
        readonly actual: ReservedUnits;
        /** False where the balance disagrees too: the movements may be wrong. */
        readonly isCertain: boolean;
        readonly since: Instant;
      }
  );
