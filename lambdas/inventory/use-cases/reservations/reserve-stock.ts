import { err, type Result } from '../../../shared/core/result.ts';
import { mergeSources, resolveSources } from '../../domain/reservations/candidates.ts';
import {
  decideReserve,
  type ReserveError,
  type ReserveResult,
  type ReserveStock,
} from '../../domain/reservations/reserve.ts';
import { runCommand } from '../execute-command.ts';
import type { StockStore } from '../ports.ts';
import { requestConsolidation } from '../sharding/request-consolidation.ts';
import { ReserveCache } from './reserve-cache.ts';
import { type ReserveReads, readCandidates, readSample } from './sample-cells.ts';

/**
 * Holds all lines or none, usually with one read and one transaction. Reads two cells of each SKU
 * at one location, and two random ones in each further attempt. Reads all cells of all candidates
 * only if these have too few units, and at most once a second while a sold-out SKU is in a rush.
 *
 * @param cache cache of this instance of the function, kept between its requests
 */
export async function reserveStock(
  store: StockStore,
  command: ReserveStock,
  cache = new ReserveCache(),
): Promise<Result<ReserveResult, ReserveError>> {
  const { reservationId, now } = command;
  const merged = mergeSources(command.lines, { isPickup: command.pickup === true });
  if (!merged.ok) return merged;
  const reads: ReserveReads = { store, command, lines: merged.value, cache };

  const shortages = shortagesInCache(reads);
  if (shortages.length > 0) {
    const { reservations } = await store.read({ reservations: [reservationId] });
    if (!reservations.has(reservationId)) return err({ kind: 'insufficientStock', shortages });
  }

  const outcome = await runCommand(store, {
    context: command,
    record: { reservationId },
    read: () => readSample(reads),
    readAll: () => readCandidates(reads),
    readsOtherCells: () => merged.value.some(({ sku }) => cache.hasOtherCells(sku, now)),
    decide: (state) => decideReserve(state, command),
  });
  if (outcome.ok) return outcome;
  const { error, state } = outcome;
  if (error.kind === 'insufficientStock' && state?.plan.ok)
    cache.rememberShortage(state, state.plan.value.demands, now);
  if (error.kind === 'stockTooFragmented')
    await Promise.all(
      error.toConsolidate.map((demand) => requestConsolidation(store, demand, command)),
    );
  return err(error);
}

/** Returns the shortages that the cache shows, while it has all settings of the lines. */
function shortagesInCache({ cache, command: { now }, lines }: ReserveReads) {
  const { settings, unknownSkus, unknownLocations } = cache.settingsOf(lines, now);
  if (unknownSkus.length > 0 || unknownLocations.length > 0) return [];
  const plan = resolveSources(lines, settings);
  return plan.ok ? cache.rejectFromCache(plan.value.demands, now) : [];
}
