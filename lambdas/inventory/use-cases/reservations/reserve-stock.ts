import { err, type Result } from '../../../shared/core/result.ts';
import type { ReservationState } from '../../domain/ledger/decision.ts';
import { type Demand, mergeLines } from '../../domain/ledger/reservation.ts';
import {
  decideReserve,
  type ReserveError,
  type ReserveResult,
  type ReserveStock,
} from '../../domain/reservations/reserve.ts';
import { decideConsolidation } from '../../domain/sharding/consolidation.ts';
import { executeCommand, runCommand } from '../execute-command.ts';
import { loadReservationWithStock, loadStockItems } from '../load-state.ts';
import type { StockStore } from '../ports.ts';
import { ReserveCache } from './reserve-cache.ts';

/**
 * Holds all lines or none, with one read and one transaction as a rule: two cells of each SKU are read, and others in each new attempt.
 * All cells are read only where these have too little; in a rush for a SKU that is sold out, once a second.
 *
 * @param cache belongs to the instance of the function, and is kept between its requests
 */
export async function reserveStock(
  store: StockStore,
  command: ReserveStock,
  cache = new ReserveCache(),
): Promise<Result<ReserveResult, ReserveError>> {
  const { reservationId, now } = command;
  const demands = mergeLines(command.lines);
  const skus = [...new Set(demands.map(({ sku }) => sku))];

  const shortages = cache.rejectFromCache(demands, now);
  if (shortages.length > 0) {
    const { reservations } = await store.read({ reservations: [reservationId] });
    if (!reservations.has(reservationId)) return err({ kind: 'insufficientStock', shortages });
  }

  const outcome = await runCommand(store, {
    context: command,
    record: { reservationId },
    read: () => readSample(store, command, demands, cache),
    readAll: async () =>
      cache.shuffleCells(await loadReservationWithStock(store, reservationId, skus)),
    readsOtherCells: () => skus.some((sku) => cache.isSharded(sku, now)),
    decide: (state) => decideReserve(state, command, demands),
  });
  if (outcome.ok) return outcome;
  const { error, state } = outcome;
  if (error.kind === 'insufficientStock' && state !== undefined)
    cache.rememberShortage(state, demands, now);
  if (error.kind === 'stockTooFragmented')
    await Promise.all(
      error.toConsolidate.map((demand) => requestConsolidation(store, demand, command)),
    );
  return err(error);
}

/** Reads up to two cells for each demand. The shard count of a SKU is looked up first where the cache does not have it. */
async function readSample(
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
    reservation,
    isComplete: false,
  });
}

/** Asks for a SKU's units to be brought together. The consumer of the resulting event moves them. */
async function requestConsolidation(
  store: StockStore,
  { sku, ...demand }: Demand,
  { now, by, correlationId }: ReserveStock,
): Promise<void> {
  const context = { now, by, correlationId };
  await executeCommand(store, {
    context,
    read: async () => ({
      cells: new Map(),
      stockItems: await loadStockItems(store, [sku]),
      isComplete: false,
    }),
    decide: ({ stockItems }) => decideConsolidation(stockItems.get(sku), { ...demand, ...context }),
  });
}
