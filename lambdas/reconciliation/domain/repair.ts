import type { Accounts, CellName, LostMovement } from '../../contracts/audit-api.ts';

/** What a count said, and what the book had to say to it; kept until it is posted. */
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

/** A command of the owning context, with the version that was audited. */
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
      /** Where units were found that the record may not name. */
      readonly cell?: CellName;
    }
  | {
      readonly action: 'restoreReservation';
      readonly reservationId: string;
      /** There is no record. */
      readonly version: 0;
      /** ISO 8601. */
      readonly placedAt: string;
      /** Of the order, each SKU once. */
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
      /** Orders that the count leaves without their units, newest first. */
      readonly unfulfillable: readonly string[];
    };

/** A list and no map by sku: a sku may be called `constructor`. */
export type SkuUnits = { readonly sku: string; readonly units: number };

export type Repair = {
  readonly command: RepairCommand;
  /** In words: what approving it will do. */
  readonly effect: string;
  /** Units that it may move: what the caps of automatic repair are held against. */
  readonly units: readonly SkuUnits[];
  /** True where nobody but the books is concerned, so that policy may allow it without a person. */
  readonly isSafe: boolean;
};

/** Units that automatic repairs may move at most. */
export type RepairCaps = { readonly unitsPerSkuMax: number; readonly unitsPerRunMax: number };

export type RepairPolicy = RepairCaps & {
  /** True if safe repairs are done without approval, within the caps. */
  readonly isAutomatic: boolean;
};

/** Orders that the command leaves without their units, newest first. */
export const unfulfillableOrdersOf = (command: RepairCommand): readonly string[] =>
  command.action === 'postCount' ? command.unfulfillable : [];

/** What a repair touches: two of them on one thing, in one run, would be a repair of a repair. */
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
      // A reservation has its order's id.
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

/** True when policy lets it be done without a person, caps aside. */
export const isAutomaticRepair = ({ isAutomatic }: RepairPolicy, repair: Repair): boolean =>
  isAutomatic && repair.isSafe;

/** True when no sku and not the whole is above its cap, whatever was spent before in this run. */
export const isWithinCaps = (
  { unitsPerSkuMax, unitsPerRunMax }: RepairCaps,
  repair: Repair,
): boolean =>
  repair.units.every(({ units }) => units <= unitsPerSkuMax) &&
  sumUnits(repair.units) <= unitsPerRunMax;

export const sumUnits = (skuUnits: readonly SkuUnits[]): number =>
  skuUnits.reduce((sum, { units }) => sum + units, 0);
