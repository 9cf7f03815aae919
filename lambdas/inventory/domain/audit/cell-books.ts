import type { ReservationStatus } from '../../../contracts/api/inventory.ts';
import type { EpochSeconds, Instant } from '../../../shared/core/instant.ts';
import type { Cell, CellKey } from '../ledger/cell.ts';
import type { OperationRecord } from '../ledger/change.ts';
import type { Reservation } from '../ledger/reservation.ts';
import type { Accounts } from './accounts.ts';
import type { ReplayedBalance } from './balance-replay.ts';
import type { LostMovement, ReservedUnits } from './lost-movements.ts';

/** All that is on record of a cell, read while it did not change. */
export type CellBooks = {
  readonly cell: Cell;
  readonly replay: ReplayedBalance;
  /** Of every position of the tally, and those that may have moved units without a trace; missing ones are missing. */
  readonly reservations: ReadonlyMap<string, Reservation>;
  /** The marks of what was entered, as the tally has it. */
  readonly operations: ReadonlyMap<string, OperationRecord>;
  /** The marks that name this cell, since the tally's checkpoint. */
  readonly entryRecords: readonly OperationRecord[];
  /** `reservation:<id>` or `operation:<id>` of each marker that is there and cannot be read. */
  readonly unreadable: ReadonlySet<string>;
};

/**
 * What makes the movements of a cell doubtful where its balance differs: a marker that disagrees or is gone; an operation's mark that is
 * gone, where a person may know better; sums below 0; units in a bucket that still runs; a marker that cannot be read.
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
        /** True where they can be written again: the balance has them, or it has been changed and may have them. */
        readonly isRestorable: boolean;
        /** True where the balance has them, so that the movements are all that is missing. */
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
        /** By its movements. */
        readonly expected: ReservedUnits;
        /** By its record. */
        readonly actual: ReservedUnits;
        /** False where the balance disagrees too, so that the movements may be what is wrong. */
        readonly isCertain: boolean;
        readonly since: Instant;
      }
  );
