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
