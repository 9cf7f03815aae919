import type { Accounts, CellName, LostMovement } from '../../contracts/api/audit.ts';

/** A count with the values of the book that it was compared with, until it is posted. */
export type CountToPost = {
  readonly countId: string;
  readonly sku: string;
  readonly locationId: string;
  readonly counted: number;
  /** ISO 8601. */
  readonly countedAt: string;
  readonly expected: number;
  readonly delta: number;
  readonly lastCountId?: string;
  readonly lastAdjustmentId?: string;
  readonly reference?: string;
};

/** Command to the owning context. `version` is the audited version of its record. */
export type RepairCommand =
  | {
      readonly action: 'rebuildBalance';
      readonly cell: CellName;
      readonly version: number;
      readonly accounts: Accounts;
    }
  | {
      readonly action: 'restoreMovements';
      readonly cell: CellName;
      readonly version: number;
      readonly lost: readonly LostMovement[];
    }
  | {
      readonly action: 'followMovements' | 'releaseStock' | 'commitStock' | 'shipStock';
      readonly reservationId: string;
      readonly version: number;
      /** Cell of units that the reservation record may not name. */
      readonly cell?: CellName;
    }
  | {
      readonly action: 'restoreReservation';
      readonly reservationId: string;
      /** No record exists. */
      readonly version: 0;
      /** ISO 8601. */
      readonly placedAt: string;
      /** Lines of the order, each SKU once. */
      readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
    }
  | {
      readonly action: 'resumeOrder' | 'cancelOrder';
      readonly orderId: string;
      readonly version: number;
    }
  | {
      readonly action: 'capturePayment' | 'reversePayment';
      readonly orderId: string;
      readonly attempt: number;
      readonly version: number;
    }
  | {
      readonly action: 'postCount';
      readonly count: CountToPost;
      /** Orders that the count leaves without units, newest first. */
      readonly unfulfillable: readonly string[];
    };

/** Units of one SKU. Used in lists, not as a map by SKU: a SKU may be named `constructor`. */
export type SkuUnits = { readonly sku: string; readonly units: number };

export type Repair = {
  readonly command: RepairCommand;
  /** Description of what approval will do. */
  readonly effect: string;
  /** Units that it may move, which the caps of automatic repair limit. */
  readonly units: readonly SkuUnits[];
  /** True if it affects the books only, so that policy may approve it without a person. */
  readonly isSafe: boolean;
};

/** Units that automatic repairs may move at most. */
export type RepairCaps = { readonly unitsPerSkuMax: number; readonly unitsPerRunMax: number };

export type RepairPolicy = RepairCaps & {
  /** True if safe repairs are done without approval, within the caps. */
  readonly isAutomatic: boolean;
};

/** Returns the orders that the command leaves without units, newest first. */
export const unfulfillableOrdersOf = (command: RepairCommand): readonly string[] =>
  command.action === 'postCount' ? command.unfulfillable : [];

/** Returns the subject of a repair. A run repairs each subject once, so it repairs no repair. */
export function repairSubjectOf(command: RepairCommand): string {
  switch (command.action) {
    case 'rebuildBalance':
    case 'restoreMovements':
      return `cell:${nameOfCell(command.cell)}`;
    case 'followMovements':
    case 'releaseStock':
    case 'commitStock':
    case 'shipStock':
    case 'restoreReservation':
      // A reservation has the id of its order.
      return `order:${command.reservationId}`;
    case 'resumeOrder':
    case 'cancelOrder':
      return `order:${command.orderId}`;
    case 'capturePayment':
    case 'reversePayment':
      return `payment:${command.orderId}-${command.attempt}`;
    case 'postCount':
      return `cell:${nameOfCell({ ...command.count, shard: 0 })}`;
  }
}

export const nameOfCell = ({ sku, locationId, shard }: CellName): string =>
  `${sku}/${locationId}/${shard}`;

/** True if policy allows the repair without a person. The caps are checked separately. */
export const isAutomaticRepair = ({ isAutomatic }: RepairPolicy, repair: Repair): boolean =>
  isAutomatic && repair.isSafe;

/** True if the repair alone exceeds no cap, whatever the run has used before. */
export const isWithinCaps = (
  { unitsPerSkuMax, unitsPerRunMax }: RepairCaps,
  repair: Repair,
): boolean =>
  repair.units.every(({ units }) => units <= unitsPerSkuMax) &&
  sumUnits(repair.units) <= unitsPerRunMax;

export const sumUnits = (skuUnits: readonly SkuUnits[]): number =>
  skuUnits.reduce((sum, { units }) => sum + units, 0);
