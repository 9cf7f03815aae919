import type { ReservationState } from '../../domain/ledger/decision.ts';
import type { Demand } from '../../domain/ledger/reservation.ts';
import type { ReserveStock } from '../../domain/reservations/reserve.ts';
import type { StockStore } from '../ports.ts';
import type { ReserveCache } from './reserve-cache.ts';

/**
 * Reads up to two cells for each demand. Reads the shard count of a SKU first if the cache lacks
 * it.
 */
export async function readSample(
  store: StockStore,
  { reservationId, now }: ReserveStock,
  demands: readonly Demand[],
  cache: ReserveCache,
): Promise<ReservationState> {
  const pick = (demand: Demand) =>
    cache.pickCells(demand, cache.shardCountOf(demand.sku, now) ?? 1);
  const unknown = new Set(
    demands.map(({ sku }) => sku).filter((sku) => cache.shardCountOf(sku, now) === undefined),
  );
  const first = await store.read({
    cells: demands.flatMap(pick),
    reservations: [reservationId],
    stockItems: [...unknown],
  });
  cache.rememberShardCounts(first.stockItems.values(), now);
  const sharded = demands.filter(({ sku }) => unknown.has(sku) && cache.isSharded(sku, now));
  const reservation = first.reservations.get(reservationId);
  const more =
    sharded.length === 0 || reservation !== undefined
      ? []
      : (await store.read({ cells: sharded.flatMap(pick) })).cells;
  return cache.shuffleCells({
    cells: new Map([...first.cells, ...more]),
    stockItems: first.stockItems,
    locations: first.locations,
    reservation,
    isComplete: false,
  });
}
