import type { AdjustmentReason } from '../../../contracts/api/inventory.ts';
import { type EpochSeconds, type Instant, toEpochSeconds } from '../../../shared/core/instant.ts';

/** Key of a cell: the smallest unit that has a balance. */
export type CellKey = { readonly sku: string; readonly locationId: string; readonly shard: number };

/** Held units by expiry bucket. The key is the expiry in epoch seconds. */
export type HeldByBucket = Readonly<Record<string, number>>;

export type Cell = CellKey & {
  readonly available: number;
  readonly held: HeldByBucket;
  readonly committed: number;
  /** Watermark: the latest bucket that expired back into `available`; 0 before the first. */
  readonly expiredThrough: EpochSeconds;
  /** Increases by one with each change. */
  readonly version: number;
  /** Total number of write conflicts on this cell. */
  readonly conflicts?: number;
  /**
   * Units that new holds leave in the cell: the safety stock of its location. Home cells only;
   * absent is 0.
   */
  readonly floor?: number;
  readonly lastCount?: PostedCount;
  /** The last manual adjustment. Home cells only. */
  readonly lastAdjustment?: ManualAdjustment;
};

/** A shelf count, as it was posted. */
export type PostedCount = {
  readonly countId: string;
  readonly countedAt: Instant;
  readonly counted: number;
  /** Units on hand according to the book, as of `countedAt`. */
  readonly expected: number;
  readonly postedAt: Instant;
  readonly by: string;
};

/** A manual adjustment, as opposed to the posting of a count. */
export type ManualAdjustment = {
  readonly movementId: string;
  readonly at: Instant;
  readonly delta: number;
  readonly reason: AdjustmentReason;
  readonly by: string;
};

export type Quantities = {
  readonly onHand: number;
  readonly available: number;
  readonly held: number;
  readonly committed: number;
};

export const MAIN_LOCATION = 'main';
export const FIRST_SHARD = 0;

/**
 * Delay before an expired bucket is added to `available`, because clocks differ. Units that a
 * request needs are taken without it.
 */
export const EXPIRY_GRACE_SECONDS = 5;

export const mainCellKey = (sku: string): CellKey => ({
  sku,
  locationId: MAIN_LOCATION,
  shard: FIRST_SHARD,
});
export const homeCellKey = (sku: string, locationId = MAIN_LOCATION): CellKey => ({
  sku,
  locationId,
  shard: FIRST_SHARD,
});
export const isAtLocation = (
  cell: CellKey,
  { sku, locationId }: Pick<CellKey, 'sku' | 'locationId'>,
): boolean => cell.sku === sku && cell.locationId === locationId;
export const cellIdOf = ({ sku, locationId, shard }: CellKey): string =>
  `${sku}#${locationId}#${shard}`;

export const emptyCell = (key: CellKey): Cell => ({
  sku: key.sku,
  locationId: key.locationId,
  shard: key.shard,
  available: 0,
  held: {},
  committed: 0,
  expiredThrough: 0,
  version: 0,
});

/** Returns the buckets that expired `graceSeconds` ago or earlier, oldest first. */
export const expiredBuckets = (cell: Cell, now: Instant, graceSeconds = 0): EpochSeconds[] =>
  bucketsOf(cell.held).filter((bucket) => bucket + graceSeconds <= toEpochSeconds(now));

export const bucketsOf = (held: HeldByBucket): EpochSeconds[] =>
  Object.keys(held)
    .map(Number)
    .sort((a, b) => a - b);

export const unitsInBucket = (cell: Cell, bucket: EpochSeconds): number =>
  cell.held[String(bucket)] ?? 0;
export const unitsInBuckets = (cell: Cell, buckets: readonly EpochSeconds[]): number =>
  buckets.reduce((units, bucket) => units + unitsInBucket(cell, bucket), 0);

/**
 * Returns the quantities of the cell at `now`. An expired hold counts as available, whether or not
 * a change has expired its bucket.
 */
export function quantitiesAt(cell: Cell, now: Instant): Quantities {
  const expired = unitsInBuckets(cell, expiredBuckets(cell, now));
  const held = unitsInBuckets(cell, bucketsOf(cell.held)) - expired;
  const available = cell.available + expired;
  return { onHand: available + held + cell.committed, available, held, committed: cell.committed };
}

export const floorOf = ({ floor = 0 }: Cell): number => floor;

/**
 * Returns the units that new holds may take from the cell: the available ones above its floor.
 * `surplusOf` is below 0 where the cell lacks units for its floor.
 */
export const sellableUnits = (cell: Cell, now: Instant): number =>
  Math.max(0, surplusOf(cell, now));
export const surplusOf = (cell: Cell, now: Instant): number =>
  quantitiesAt(cell, now).available - floorOf(cell);

export const sumOfQuantities = (all: readonly Quantities[]): Quantities =>
  all.reduce(
    (sum, quantities) => ({
      onHand: sum.onHand + quantities.onHand,
      available: sum.available + quantities.available,
      held: sum.held + quantities.held,
      committed: sum.committed + quantities.committed,
    }),
    { onHand: 0, available: 0, held: 0, committed: 0 },
  );
