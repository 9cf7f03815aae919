import type { Shortage } from '../../../contracts/api/inventory.ts';
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

/** A sku's shards are looked up again after so long. Until then new ones are not used, and ones that are given up still are. */
export const SHARD_COUNT_TTL_MILLISECONDS = 5_000;
/** During a rush, a shortage is returned without a read of the cells for at most this time: no rejection is older. */
export const SOLD_OUT_TTL_MILLISECONDS = 1_000;
/** A SKU at a location is in a rush for an instance that rejected this many requests for it within `RUSH_MILLISECONDS`. */
export const RUSH_REJECTIONS_MIN = 20;
export const RUSH_MILLISECONDS = 1_000;
/** Of each kind; the oldest are forgotten first. Some hundred bytes each. */
const CACHE_ENTRIES_MAX = 10_000;

type Expiring<Value> = { readonly value: Value; readonly until: Instant };

/**
 * What one instance of the reserving function remembers between requests: over how many shards a sku is spread, and what was
 * sold out a moment ago. Neither is ever the reason to hold a unit; the table decides that. What was sold out is used in a rush only:
 * outside of one, a caller can always hold what it was told that it received. In a rush, a rejection of this instance may miss units that
 * came back less than `SOLD_OUT_MILLISECONDS` ago.
 */
export class ReserveCache {
  readonly #random: () => number;
  readonly #shards = new Map<string, Expiring<number>>();
  readonly #soldOut = new Map<string, Expiring<number>>();
  /** The times of the last rejections, the oldest first; at most `RUSH_REJECTIONS_MIN` for each place. */
  readonly #rejections = new Map<string, readonly Instant[]>();

  /** `random` answers a number from 0 to below 1; by default the first cells are always the first choice. */
  constructor(random: () => number = () => 0) {
    this.#random = random;
  }

  /** As after a cold start. */
  clear(): void {
    this.#shards.clear();
    this.#soldOut.clear();
    this.#rejections.clear();
  }

  /** Undefined for a sku that is to be looked up. */
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

  /** Two of the demand's cells by chance, or its only one. */
  pickCells({ sku, locationId }: Demand, shardCount: number): CellKey[] {
    const first = Math.floor(this.#random() * shardCount);
    const other = Math.floor(this.#random() * (shardCount - 1));
    const shards = shardCount === 1 ? [first] : [first, other < first ? other : other + 1];
    return shards.map((shard) => ({ sku, locationId, shard: FIRST_SHARD + shard }));
  }

  /** The state with its cells in an order of chance: of those that serve equally, buyers take different ones. */
  shuffleCells<State extends BookState>(state: State): State {
    const cells = [...state.cells].map((entry) => ({ entry, place: this.#random() }));
    return {
      ...state,
      cells: new Map(cells.sort((a, b) => a.place - b.place).map(({ entry }) => entry)),
    };
  }

  /** Rejects a request by what was seen a moment ago, of SKUs in a rush; empty where the cells are to be read. */
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
   * To be called for each request that is rejected, with the state of all cells, read at `now` or later. A hold that expires meanwhile ends
   * what is remembered.
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
