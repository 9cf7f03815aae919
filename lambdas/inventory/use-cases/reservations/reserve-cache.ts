import type { Shortage } from '../../../contracts/api/reservations.ts';
import { type Instant, MILLISECONDS_PER_SECOND } from '../../../shared/core/instant.ts';
import { availableUnits } from '../../domain/ledger/allocation.ts';
import {
  bucketsOf,
  type Cell,
  type CellKey,
  expiredBuckets,
  FIRST_SHARD,
} from '../../domain/ledger/cell.ts';
import { type BookState, cellsAtLocation } from '../../domain/ledger/decision.ts';
import type { Demand } from '../../domain/ledger/reservation.ts';
import type { StockItem } from '../../domain/ledger/stock-item.ts';

/**
 * Lifetime of a cached shard count. Until its end, added shards are not used and removed ones still
 * are.
 */
export const SHARD_COUNT_TTL_MILLISECONDS = 5_000;
/** Lifetime of a cached shortage, and so the maximum age of a rejection during a rush. */
export const SOLD_OUT_TTL_MILLISECONDS = 1_000;
/**
 * Rejections of an instance for a SKU at a location, within `RUSH_MILLISECONDS`, that make a rush.
 */
export const RUSH_REJECTIONS_MIN = 20;
export const RUSH_MILLISECONDS = 1_000;
/** Maximum entries of each kind, of some hundred bytes each. The oldest are removed first. */
const CACHE_ENTRIES_MAX = 10_000;

type Expiring<Value> = { readonly value: Value; readonly until: Instant };

/**
 * Cache of one instance of the reserving function between requests: shard counts of SKUs, and
 * recent shortages. A unit is never held because of the cache; the table decides that. Shortages
 * are used during a rush only. Outside a rush, a caller can always hold units whose receipt was
 * acknowledged. During a rush, a rejection may miss units that returned less than
 * `SOLD_OUT_TTL_MILLISECONDS` ago.
 */
export class ReserveCache {
  readonly #random: () => number;
  readonly #shards = new Map<string, Expiring<number>>();
  readonly #soldOut = new Map<string, Expiring<number>>();
  /**
   * Times of the last rejections by SKU and location, oldest first, at most `RUSH_REJECTIONS_MIN`.
   */
  readonly #rejections = new Map<string, readonly Instant[]>();

  /** `random` returns a number from 0 to below 1. By default the first cells are always chosen. */
  constructor(random: () => number = () => 0) {
    this.#random = random;
  }

  /** Removes all entries, as after a cold start. */
  clear(): void {
    this.#shards.clear();
    this.#soldOut.clear();
    this.#rejections.clear();
  }

  /** Returns the cached shard count, or undefined. */
  shardCountOf(sku: string, now: Instant): number | undefined {
    return getFresh(this.#shards, sku, now);
  }

  isSharded(sku: string, now: Instant): boolean {
    return (this.shardCountOf(sku, now) ?? 1) > 1;
  }

  rememberShardCounts(skus: Iterable<StockItem>, now: Instant): void {
    for (const { sku, shardCount } of skus)
      setWithLimit(this.#shards, sku, {
        value: shardCount,
        until: now + SHARD_COUNT_TTL_MILLISECONDS,
      });
  }

  /** Returns two random cells for the demand, or the only one. */
  pickCells({ sku, locationId }: Demand, shardCount: number): CellKey[] {
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

  /** Returns the cached shortages of SKUs in a rush. For an empty result the cells must be read. */
  rejectFromCache(demands: readonly Demand[], now: Instant): Shortage[] {
    return demands.flatMap((demand) => {
      const available = this.#isRush(demand, now)
        ? getFresh(this.#soldOut, demandKeyOf(demand), now)
        : undefined;
      if (available === undefined || available >= demand.quantity) return [];
      this.#countRejection(demand, now);
      return [{ sku: demand.sku, requested: demand.quantity, available }];
    });
  }

  #countRejection(demand: Demand, now: Instant): void {
    const times = [...(this.#rejections.get(demandKeyOf(demand)) ?? []), now];
    setWithLimit(this.#rejections, demandKeyOf(demand), times.slice(-RUSH_REJECTIONS_MIN));
  }

  #isRush(demand: Demand, now: Instant): boolean {
    const [oldest, ...others] = this.#rejections.get(demandKeyOf(demand)) ?? [];
    return (
      oldest !== undefined &&
      others.length + 1 === RUSH_REJECTIONS_MIN &&
      now - oldest < RUSH_MILLISECONDS
    );
  }

  /**
   * Stores the shortages of a rejected request. `state` must have all cells, read at `now` or
   * later. An entry expires when the next hold of its cells does.
   */
  rememberShortage(state: BookState, demands: readonly Demand[], now: Instant): void {
    for (const demand of demands) {
      const cells = cellsAtLocation(state, demand);
      const available = availableUnits(cells, now);
      if (available >= demand.quantity) continue;
      this.#countRejection(demand, now);
      const until = Math.min(
        now + SOLD_OUT_TTL_MILLISECONDS,
        ...cells.map((cell) => nextExpiryOf(cell, now)),
      );
      setWithLimit(this.#soldOut, demandKeyOf(demand), { value: available, until });
    }
  }
}

const demandKeyOf = ({ sku, locationId }: Demand): string => `${sku}#${locationId}`;

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
