import { err, type Result } from '../../../shared/core/result.ts';
import { mergeLines } from '../../domain/ledger/reservation.ts';
import {
  decideReserve,
  type ReserveError,
  type ReserveResult,
  type ReserveStock,
} from '../../domain/reservations/reserve.ts';
import { runCommand } from '../execute-command.ts';
import { loadReservationWithStock } from '../load-state.ts';
import type { StockStore } from '../ports.ts';
import { requestConsolidation } from '../sharding/request-consolidation.ts';
import { ReserveCache } from './reserve-cache.ts';
import { readSample } from './sample-cells.ts';

/**
 * Holds all lines or none, usually with one read and one transaction. Reads two cells of each SKU,
 * and two random ones in each further attempt. Reads all cells only if these have too few units,
 * and at most once a second while a sold-out SKU is in a rush.
 *
 * @param cache cache of this instance of the function, kept between its requests
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
