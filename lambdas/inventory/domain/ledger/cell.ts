import type { AdjustmentReason } from '../../../contracts/inventory-api.ts';
import { type EpochSeconds, type Instant, toEpochSeconds } from '../../../shared/core/instant.ts';

/** The smallest unit that has a balance. */
export type CellKey = { readonly sku: string; readonly locationId: string; readonly shard: number };

/** Units by the moment at which their hold expiries: the key is that moment in epoch seconds. */
export type HeldByBucket = Readonly<Record<string, number>>;

export type Cell = CellKey & {
  readonly available: number;
  readonly held: HeldByBucket;
  readonly committed: number;
  /** The latest bucket that was folded back into `available`; 0 before the first. */
  readonly expiredThrough: EpochSeconds;
  /** Rises by one with each change. */
  readonly version: number;
  /** How often a change found another one in its way before it was written; in all. */
  readonly conflicts?: number;
  readonly lastCount?: PostedCount;
  /** The last adjustment that a person entered by hand. Home cells only. */
  readonly lastAdjustment?: ManualAdjustment;
};

/** A person's count of what is on the shelf, as it was posted. */
export type PostedCount = {
  readonly countId: string;
  readonly countedAt: Instant;
  readonly counted: number;
  /** What the book said, as of `countedAt`. */
  readonly expected: number;
  readonly postedAt: Instant;
  readonly by: string;
};

/** An adjustment by hand, as opposed to the posting of a count. */
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

/** A fold waits this long after the bucket's end, for clocks that differ; unless its units are wanted before. */
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

/** The buckets whose holds have lapsed `graceSeconds` ago or longer, in order of time. */
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

/** What the cell counts at `now`. A hold that has lapsed counts as available, whether it was folded or not. */
export function quantitiesAt(cell: Cell, now: Instant): Quantities {
  const expired = unitsInBuckets(cell, expiredBuckets(cell, now));
  const held = unitsInBuckets(cell, bucketsOf(cell.held)) - expired;
  const available = cell.available + expired;
  return { onHand: available + held + cell.committed, available, held, committed: cell.committed };
}

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
