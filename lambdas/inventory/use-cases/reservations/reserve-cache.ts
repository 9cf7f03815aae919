import type { LocatedShortage } from '../../../contracts/api/reservations.ts';
import { type Instant, MILLISECONDS_PER_SECOND } from '../../../shared/core/instant.ts';
import { sellableUnitsIn } from '../../domain/ledger/allocation.ts';
import {
  bucketsOf,
  type Cell,
  type CellKey,
  expiredBuckets,
  FIRST_SHARD,
  MAIN_LOCATION,
} from '../../domain/ledger/cell.ts';
import { type BookState, cellsAtLocation } from '../../domain/ledger/decision.ts';
import type { StockItem } from '../../domain/ledger/stock-item.ts';
import { type Location, MAIN_DEFAULT } from '../../domain/locations/location.ts';
import type { SourcedDemand, SourcedLine } from '../../domain/reservations/candidates.ts';
import { locationsToRead, type SourceSettings } from '../../domain/reservations/candidates.ts';
import { holdableUnits } from '../../domain/reservations/sourcing.ts';

/**
 * Lifetime of the cached settings of a SKU and of a location. Until its end, added shards and
 * locations are not used and removed ones still are.
 */
export const SETTINGS_TTL_MILLISECONDS = 5_000;
/** Lifetime of a cached shortage, and so the maximum age of a rejection during a rush. */
export const SOLD_OUT_TTL_MILLISECONDS = 1_000;
/** Rejections of an instance for a SKU, within `RUSH_MILLISECONDS`, that make a rush. */
export const RUSH_REJECTIONS_MIN = 20;
export const RUSH_MILLISECONDS = 1_000;
/** Maximum entries of each kind, of some hundred bytes each. The oldest are removed first. */
const CACHE_ENTRIES_MAX = 10_000;

type Expiring<Value> = { readonly value: Value; readonly until: Instant };

/** Cached settings of a SKU. */
export type CachedSku = Pick<StockItem, 'sku' | 'shardCount' | 'locations'>;

/**
 * Cache of one instance of the reserving function between requests: settings of SKUs and locations,
 * and what was sold out recently. A unit is never held because of the cache; the table decides
 * that. Shortages are used during a rush only. Outside a rush, a caller can always hold units whose
 * receipt was acknowledged. During a rush, a rejection may miss units that returned less than
 * `SOLD_OUT_TTL_MILLISECONDS` ago.
 */
export class ReserveCache {
  readonly #random: () => number;
  readonly #skus = new Map<string, Expiring<CachedSku>>();
  readonly #locations = new Map<string, Expiring<Location>>();
  /** Available units by SKU and location, where they were too few for a request. */
  readonly #soldOut = new Map<string, Expiring<number>>();
  /** Times of the last rejections by SKU, oldest first, at most `RUSH_REJECTIONS_MIN`. */
  readonly #rejections = new Map<string, readonly Instant[]>();

  /** `random` returns a number from 0 to below 1. By default the first cells are always chosen. */
  constructor(random: () => number = () => 0) {
    this.#random = random;
  }

  /** Removes all entries, as after a cold start. */
  clear(): void {
    this.#skus.clear();
    this.#locations.clear();
    this.#soldOut.clear();
    this.#rejections.clear();
  }

  /** Returns the cached settings of a SKU, or undefined. */
  skuOf(sku: string, now: Instant): CachedSku | undefined {
    return getFresh(this.#skus, sku, now);
  }

  /** Returns true if a further attempt of the request may use other cells. */
  hasOtherCells(sku: string, now: Instant): boolean {
    const { shardCount, locations } = this.skuOf(sku, now) ?? { shardCount: 1, locations: [] };
    return shardCount > 1 || locations.length > 1;
  }

  /** Stores the records that were read. `asked` has the ids of the locations that were read. */
  rememberSettings(
    { stockItems, locations }: Pick<BookState, 'stockItems' | 'locations'>,
    now: Instant,
    asked: readonly string[] = [],
  ): void {
    const until = now + SETTINGS_TTL_MILLISECONDS;
    // `main` usually has no record. Any other location without one may be created at any time.
    if (asked.includes(MAIN_LOCATION))
      setWithLimit(this.#locations, MAIN_LOCATION, { value: MAIN_DEFAULT, until });
    for (const { sku, shardCount, locations: at } of stockItems.values())
      setWithLimit(this.#skus, sku, { value: { sku, shardCount, locations: at }, until });
    for (const location of locations.values())
      setWithLimit(this.#locations, location.locationId, { value: location, until });
  }

  /** Returns the cached settings of the lines, and the ids of records that the cache lacks. */
  settingsOf(
    lines: readonly SourcedLine[],
    now: Instant,
  ): {
    readonly settings: SourceSettings;
    readonly unknownSkus: readonly string[];
    readonly unknownLocations: readonly string[];
  } {
    const stockItems = new Map<string, CachedSku>();
    for (const { sku } of lines) {
      const known = this.skuOf(sku, now);
      if (known !== undefined) stockItems.set(sku, known);
    }
    const locations = new Map<string, Location>();
    for (const id of locationsToRead(lines, stockItems)) {
      const known = getFresh(this.#locations, id, now);
      if (known !== undefined) locations.set(id, known);
    }
    return {
      settings: { stockItems, locations },
      unknownSkus: lines.map(({ sku }) => sku).filter((sku) => !stockItems.has(sku)),
      unknownLocations: locationsToRead(lines, stockItems).filter((id) => !locations.has(id)),
    };
  }

  /** Returns two random cells of the SKU at the location, or the only one. */
  pickCells({ sku, locationId }: Omit<CellKey, 'shard'>, shardCount: number): CellKey[] {
    const first = Math.floor(this.#random() * shardCount);
    const other = Math.floor(this.#random() * (shardCount - 1));
    const shards = shardCount === 1 ? [first] : [first, other < first ? other : other + 1];
    return shards.map((shard) => ({ sku, locationId, shard: FIRST_SHARD + shard }));
  }

  /**
   * Returns the state with its cells in random order, so that requests use different cells of equal
   * use.
   */
  shuffleCells<State extends BookState>(state: State): State {
    const cells = [...state.cells].map((entry) => ({ entry, place: this.#random() }));
    return {
      ...state,
      cells: new Map(cells.sort((a, b) => a.place - b.place).map(({ entry }) => entry)),
    };
  }

  /**
   * Returns the cached shortages of SKUs in a rush: every candidate has an entry, and together they
   * have too few units. For an empty result the cells must be read.
   */
  rejectFromCache(demands: readonly SourcedDemand[], now: Instant): LocatedShortage[] {
    return demands.flatMap((demand) => {
      const { sku, quantity, candidates } = demand;
      if (!this.#isRush(sku, now)) return [];
      const at = candidates.flatMap((locationId) => {
        const available = getFresh(this.#soldOut, placeKeyOf(sku, locationId), now);
        return available === undefined ? [] : [{ locationId, available }];
      });
      if (at.length < candidates.length) return [];
      const available = holdableUnits(
        demand,
        at.map((one) => one.available),
      );
      if (available >= quantity) return [];
      this.#countRejection(sku, now);
      return [{ sku, requested: quantity, available, at }];
    });
  }

  #countRejection(sku: string, now: Instant): void {
    const times = [...(this.#rejections.get(sku) ?? []), now];
    setWithLimit(this.#rejections, sku, times.slice(-RUSH_REJECTIONS_MIN));
  }

  #isRush(sku: string, now: Instant): boolean {
    const [oldest, ...others] = this.#rejections.get(sku) ?? [];
    return (
      oldest !== undefined &&
      others.length + 1 === RUSH_REJECTIONS_MIN &&
      now - oldest < RUSH_MILLISECONDS
    );
  }

  /**
   * Stores the available units at the candidates of each SKU that was short. `state` must have all
   * their cells, read at `now` or later. An entry expires when the next hold of its cells does.
   */
  rememberShortage(state: BookState, demands: readonly SourcedDemand[], now: Instant): void {
    for (const demand of demands) {
      const at = demand.candidates.map((locationId) => {
        const cells = cellsAtLocation(state, { sku: demand.sku, locationId });
        return { locationId, cells, available: sellableUnitsIn(cells, now) };
      });
      const available = holdableUnits(
        demand,
        at.map((one) => one.available),
      );
      if (available >= demand.quantity) continue;
      this.#countRejection(demand.sku, now);
      for (const one of at) {
        const until = Math.min(
          now + SOLD_OUT_TTL_MILLISECONDS,
          ...one.cells.map((cell) => nextExpiryOf(cell, now)),
        );
        const key = placeKeyOf(demand.sku, one.locationId);
        setWithLimit(this.#soldOut, key, { value: one.available, until });
      }
    }
  }
}

const placeKeyOf = (sku: string, locationId: string): string => `${sku}#${locationId}`;

function nextExpiryOf(cell: Cell, now: Instant): Instant {
  const next = bucketsOf(cell.held)[expiredBuckets(cell, now).length];
  return next === undefined ? Number.POSITIVE_INFINITY : next * MILLISECONDS_PER_SECOND;
}

function getFresh<Value>(
  known: Map<string, Expiring<Value>>,
  key: string,
  now: Instant,
): Value | undefined {
  const found = known.get(key);
  return found !== undefined && now < found.until ? found.value : undefined;
}

function setWithLimit<Value>(known: Map<string, Value>, key: string, found: Value): void {
  known.delete(key);
  known.set(key, found);
  const [oldest] = known.keys();
  if (known.size > CACHE_ENTRIES_MAX && oldest !== undefined) known.delete(oldest);
}
