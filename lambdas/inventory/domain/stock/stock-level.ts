import type { Level } from '../../../contracts/api/availability.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import { isSameValue } from '../../../shared/core/same-value.ts';

/** The last change of a level, with what was known then: events are derived from it. */
export type LevelChange = {
  readonly at: Instant;
  readonly sellable: number;
  readonly lowStockThreshold?: number;
};

export type SubjectLevel = {
  readonly level: Level;
  /** Sellable units, where there are few enough to show. Absent if the level is `out`. */
  readonly left?: number;
  /** Absent for a subject that was never in stock. */
  readonly lastChange?: LevelChange;
};

/**
 * `pickup` is true where customers can collect the SKU: at an active location that offers it and is
 * not `out`.
 */
export type LocationLevel = SubjectLevel & { readonly pickup?: true };

/**
 * Record of how much of a SKU can be sold, as it was published: in total (the active locations that
 * ship) and at each location.
 */
export type StockLevel = {
  readonly sku: string;
  readonly total: SubjectLevel;
  /** By location id. A location without an entry is `out`. */
  readonly locations: Readonly<Record<string, LocationLevel>>;
  /** Time from which the next look decides the levels again. */
  readonly wakeAt?: Instant;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly correlationId: string;
};

/** Level of a subject without a record. */
export const OUT: LocationLevel = { level: 'out' };

export const totalLevelOf = (record: StockLevel | undefined): SubjectLevel => record?.total ?? OUT;

export const levelAt = (record: StockLevel | undefined, locationId: string): LocationLevel =>
  record !== undefined && Object.hasOwn(record.locations, locationId)
    ? (record.locations[locationId] ?? OUT)
    : OUT;

/** Returns whether the units were below the threshold when the level last changed. */
export const isLow = ({ lastChange }: SubjectLevel): boolean =>
  lastChange?.lowStockThreshold !== undefined && lastChange.sellable < lastChange.lowStockThreshold;

/** Returns whether two versions of the levels show the same. */
export const isSameShown = (
  before: StockLevel | undefined,
  after: Pick<StockLevel, 'total' | 'locations'>,
): boolean =>
  isSameValue(totalLevelOf(before), after.total) &&
  Object.entries(after.locations).every(([locationId, level]) =>
    isSameValue(levelAt(before, locationId), level),
  );
