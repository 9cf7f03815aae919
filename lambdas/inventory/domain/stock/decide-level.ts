import type { Level } from '../../../contracts/api/availability.ts';
import { defined } from '../../../shared/core/defined.ts';
import {
  type Instant,
  MILLISECONDS_PER_SECOND,
  toEpochSeconds,
  toIso,
} from '../../../shared/core/instant.ts';
import { bucketsOf, type Cell, unitsInBucket } from '../ledger/cell.ts';
import { type StockItem, thresholdAt, totalThresholdOf } from '../ledger/stock-item.ts';
import { findLocation, type Location, sellsByDefault } from '../locations/location.ts';
import { availabilityOf } from './availability.ts';
import {
  isSameShown,
  levelAt,
  type StockLevel,
  type SubjectLevel,
  totalLevelOf,
} from './stock-level.ts';
import { toStockOfSku } from './stock-of-sku.ts';

/**
 * Minimum time between a change of a level and the next one, unless that is to `out`. Between two
 * changes to `out` there is another one, so no level changes more than twice in this time.
 */
export const LEVEL_QUIET_MILLISECONDS = 60_000;
/**
 * Delay of the look that checks a change of what is shown. The change may rest on cells that
 * changed after they were read, and the process that saw their change may have found nothing to do.
 */
export const LEVEL_CHECK_MILLISECONDS = 5_000;
/**
 * Maximum difference between clocks. A wake that is this near may be due for a look that has read
 * the cells already, so it does not cover what was seen since.
 */
export const CLOCK_DIFFERENCE_MILLISECONDS = 5_000;

/** Records of a SKU. The cells were read after the record of its levels. */
export type LevelFacts = {
  readonly stockItem: StockItem;
  readonly cells: readonly Cell[];
  /** Stored locations, by id. One that is missing sells nothing. */
  readonly locations: ReadonlyMap<string, Location>;
};

export type LevelRules = {
  readonly now: Instant;
  /** Maximum sellable units that are shown as `left`. With 0, `left` is never stored. */
  readonly showBelow: number;
  /** True for a look: levels, `left` and `pickup` may rise. False for a watcher of changes. */
  readonly mayRaise: boolean;
};

/**
 * Returns the next record of a SKU's levels, or undefined where there is nothing to write. A level
 * falls at once and rises only in a look, and `wakeAt` is the time of the next look that may find
 * something to do.
 */
export function decideLevel(
  before: StockLevel | undefined,
  facts: LevelFacts,
  rules: LevelRules,
): StockLevel | undefined {
  const { now, mayRaise } = rules;
  const total = decideSubject(totalLevelOf(before), actualTotalOf(facts, rules), rules);
  const places = actualLocationsOf(facts, rules).map(({ locationId, pickup, ...actual }) => {
    const known = levelAt(before, locationId);
    const { next, wakeAt } = decideSubject(known, actual, rules);
    const shownPickup = next.level === 'out' ? undefined : mayRaise ? pickup : known.pickup;
    return { locationId, next: { ...next, ...defined({ pickup: shownPickup }) }, wakeAt };
  });
  const levels = {
    total: total.next,
    locations: Object.fromEntries(places.map(({ locationId, next }) => [locationId, next])),
  };
  const isSame = isSameShown(before, levels);
  const neededWake = smallest([
    total.wakeAt,
    ...places.map(({ wakeAt }) => wakeAt),
    isSame ? undefined : now + LEVEL_CHECK_MILLISECONDS,
  ]);
  if (isSame && isCovered(before?.wakeAt, neededWake, rules)) return undefined;
  return {
    sku: facts.stockItem.sku,
    ...levels,
    ...defined({ wakeAt: nextWake(before?.wakeAt, neededWake, now) }),
    version: (before?.version ?? 0) + 1,
    createdAt: before?.createdAt ?? toIso(now),
    updatedAt: toIso(now),
    correlationId: facts.stockItem.correlationId,
  };
}

/**
 * Returns whether the recorded wake makes a write of the needed one unnecessary. A look removes a
 * due wake that is no longer needed.
 */
function isCovered(
  recorded: Instant | undefined,
  needed: Instant | undefined,
  { now, mayRaise }: LevelRules,
): boolean {
  if (needed === undefined) return !mayRaise || recorded === undefined || recorded > now;
  return (
    recorded !== undefined && recorded <= needed && recorded > now + CLOCK_DIFFERENCE_MILLISECONDS
  );
}

/** A wake moves to a later time, or is removed, only after it was due. */
const nextWake = (
  recorded: Instant | undefined,
  needed: Instant | undefined,
  now: Instant,
): Instant | undefined =>
  recorded === undefined || recorded <= now ? needed : smallest([recorded, needed]);

type ActualLevel = {
  readonly level: Level;
  readonly left?: number;
  readonly sellable: number;
  readonly lowStockThreshold?: number;
  /** End of the next expiry bucket with units. */
  readonly expiresAt?: Instant;
};

const RANK: Readonly<Record<Level, number>> = { out: 0, low: 1, in: 2 };

/** Returns the next level of a subject, and the time at which it may change without a write. */
function decideSubject(
  { level, left, lastChange }: SubjectLevel,
  actual: ActualLevel,
  { now, mayRaise }: LevelRules,
): { readonly next: SubjectLevel; readonly wakeAt: Instant | undefined } {
  const quietAt = (lastChange?.at ?? 0) + LEVEL_QUIET_MILLISECONDS;
  const mayChange =
    RANK[actual.level] < RANK[level]
      ? actual.level === 'out' || quietAt <= now
      : mayRaise && quietAt <= now;
  const isChange = actual.level !== level && mayChange;
  const nextLevel = isChange ? actual.level : level;
  const nextLeft =
    nextLevel === 'out' ? undefined : mayRaise ? actual.left : smallest([left, actual.left]);
  const { sellable, lowStockThreshold } = actual;
  const at = Math.max(now, lastChange?.at ?? 0);
  const change = isChange ? { at, sellable, ...defined({ lowStockThreshold }) } : lastChange;
  return {
    next: { level: nextLevel, ...defined({ left: nextLeft, lastChange: change }) },
    wakeAt:
      nextLevel !== actual.level
        ? Math.max(now, quietAt)
        : nextLeft !== actual.left
          ? now
          : nextLevel === 'in' && nextLeft === undefined
            ? undefined
            : actual.expiresAt,
  };
}

function actualTotalOf(facts: LevelFacts, rules: LevelRules): ActualLevel {
  const { stockItem, cells, locations } = facts;
  const { sellable } = availabilityOf(toStockOfSku(stockItem, cells), locations, rules.now);
  const sources = cells.filter(({ locationId }) =>
    sellsByDefault(findLocation(locations, locationId)),
  );
  return toActual(sellable, totalThresholdOf(stockItem), sources, rules);
}

type ActualLocation = ActualLevel & { readonly locationId: string; readonly pickup?: true };

function actualLocationsOf(facts: LevelFacts, rules: LevelRules): readonly ActualLocation[] {
  const { stockItem, cells, locations } = facts;
  const available = availabilityOf(toStockOfSku(stockItem, cells), locations, rules.now).locations;
  return stockItem.locations.map((locationId) => {
    const sellable = available.find((one) => one.locationId === locationId)?.sellable ?? 0;
    const location = findLocation(locations, locationId);
    const isActive = location?.active ?? false;
    const there = isActive ? cells.filter((cell) => cell.locationId === locationId) : [];
    return {
      locationId,
      ...toActual(sellable, thresholdAt(stockItem, locationId), there, rules),
      ...(isActive && location?.pickup === true ? { pickup: true } : {}),
    };
  });
}

function toActual(
  sellable: number,
  lowStockThreshold: number | undefined,
  cells: readonly Cell[],
  { now, showBelow }: LevelRules,
): ActualLevel {
  const isBelow = lowStockThreshold !== undefined && sellable < lowStockThreshold;
  const level = sellable === 0 ? 'out' : isBelow ? 'low' : 'in';
  const left = sellable > 0 && sellable <= showBelow ? sellable : undefined;
  return {
    level,
    sellable,
    ...defined({ left, lowStockThreshold, expiresAt: nextExpiry(cells, now) }),
  };
}

/** Returns the end of the next expiry bucket in which a cell holds units. */
const nextExpiry = (cells: readonly Cell[], now: Instant): Instant | undefined =>
  smallest(
    cells.map((cell) => {
      const bucket = bucketsOf(cell.held).find(
        (end) => end > toEpochSeconds(now) && unitsInBucket(cell, end) > 0,
      );
      return bucket === undefined ? undefined : bucket * MILLISECONDS_PER_SECOND;
    }),
  );

const smallest = (values: readonly (number | undefined)[]): number | undefined => {
  const present = values.filter((value) => value !== undefined);
  return present.length === 0 ? undefined : Math.min(...present);
};
