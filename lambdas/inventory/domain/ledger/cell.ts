import { type EpochSeconds, type Instant, toEpochSeconds } from '../../../shared/core/instant.ts';
import type { AdjustmentReason } from './movement.ts';

/** The smallest unit that has a balance. */
export type CellKey = { readonly sku: string; readonly locationId: string; readonly shard: number };

/** Units by the moment at which their hold lapses: the key is that moment in epoch seconds. */
export type Held = Readonly<Record<string, number>>;

export type Cell = CellKey & {
  readonly available: number;
  readonly held: Held;
  readonly committed: number;
  /** The latest slot that was folded back into `available`; 0 before the first. */
  readonly foldedThrough: EpochSeconds;
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

export type Counts = {
  readonly onHand: number;
  readonly available: number;
  readonly held: number;
  readonly committed: number;
};

export const MAIN_LOCATION = 'main';
export const FIRST_SHARD = 0;

/** A fold waits this long after the slot's end, for clocks that differ; unless its units are wanted before. */
export const FOLD_GRACE_SECONDS = 5;

export const mainCellOf = (sku: string): CellKey => ({
  sku,
  locationId: MAIN_LOCATION,
  shard: FIRST_SHARD,
});
export const cellAt = (sku: string, locationId = MAIN_LOCATION): CellKey => ({
  sku,
  locationId,
  shard: FIRST_SHARD,
});
export const isAt = (
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
  foldedThrough: 0,
  version: 0,
});

/** The slots whose holds have lapsed `graceSeconds` ago or longer, in order of time. */
export const lapsedSlots = (cell: Cell, now: Instant, graceSeconds = 0): EpochSeconds[] =>
  slotsOf(cell.held).filter((slot) => slot + graceSeconds <= toEpochSeconds(now));

export const slotsOf = (held: Held): EpochSeconds[] =>
  Object.keys(held)
    .map(Number)
    .sort((a, b) => a - b);

export const heldIn = (cell: Cell, slot: EpochSeconds): number => cell.held[String(slot)] ?? 0;
export const unitsIn = (cell: Cell, slots: readonly EpochSeconds[]): number =>
  slots.reduce((units, slot) => units + heldIn(cell, slot), 0);

/** What the cell counts at `now`. A hold that has lapsed counts as available, whether it was folded or not. */
export function countsAt(cell: Cell, now: Instant): Counts {
  const lapsed = unitsIn(cell, lapsedSlots(cell, now));
  const held = unitsIn(cell, slotsOf(cell.held)) - lapsed;
  const available = cell.available + lapsed;
  return { onHand: available + held + cell.committed, available, held, committed: cell.committed };
}

export const sumOfCounts = (all: readonly Counts[]): Counts =>
  all.reduce(
    (sum, counts) => ({
      onHand: sum.onHand + counts.onHand,
      available: sum.available + counts.available,
      held: sum.held + counts.held,
      committed: sum.committed + counts.committed,
    }),
    { onHand: 0, available: 0, held: 0, committed: 0 },
  );
