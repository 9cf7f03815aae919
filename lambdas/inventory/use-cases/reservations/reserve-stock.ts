import { err, type Result } from '../../../shared/core/result.ts';
import type { BookState } from '../../domain/ledger/decision.ts';
import { type Demand, mergeLines } from '../../domain/ledger/reservation.ts';
import {
  decideReserve,
  type ReserveError,
  type ReserveResult,
  type ReserveStock,
} from '../../domain/reservations/reserve.ts';
import { decideConsolidation } from '../../domain/sharding/consolidation.ts';
import { executeCommand } from '../execute-command.ts';
import type { StockStore } from '../ports.ts';
import { ReserveCache } from './reserve-cache.ts';

/**
 * Holds all lines or none. One read and one transaction, however many lines: of each sku two cells are looked at, and others at each
 * new try. Only where these have too little, all of them are read; in a
 * rush for a SKU that is sold out, once a second.
 * `memory` is that of the function's instance, between its requests.
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
    const { reservation } = await store.load({ reservationId });
    if (reservation === undefined) return err({ kind: 'insufficientStock', shortages });
  }

  const glance = async (): Promise<BookState> => {
    const unknown = skus.filter((sku) => cache.shardCountOf(sku, now) === undefined);
    const first = await store.load({
      cells: demands.flatMap((demand) =>
        cache.pickCells(demand, cache.shardCountOf(demand.sku, now) ?? 1),
      ),
      reservationId,
      ...(unknown.length === 0 ? {} : { records: unknown }),
    });
    cache.rememberShardCounts(first.skus?.values() ?? [], now);
    const spread = demands.filter(
      ({ sku }) => unknown.includes(sku) && (cache.shardCountOf(sku, now) ?? 1) > 1,
    );
    if (spread.length === 0 || first.reservation !== undefined) return first;
    const more = await store.load({
      cells: spread.flatMap((demand) =>
        cache.pickCells(demand, cache.shardCountOf(demand.sku, now) ?? 1),
      ),
    });
    return { ...first, cells: new Map([...first.cells, ...more.cells]) };
  };

  const result = await executeCommand(
    store,
    { reservationId, skus },
    command,
    (state, isWhole) => decideReserve(cache.shuffleCells(state), command, { gathers: isWhole }),
    {
      glance,
      hops: () => skus.some((sku) => (cache.shardCountOf(sku, now) ?? 1) > 1),
      refused: ({ kind }, state) => {
        if (kind === 'insufficientStock') cache.rememberShortage(state, demands, now);
      },
    },
  );
  if (!result.ok && result.error.kind === 'stockTooFragmented')
    await Promise.all(
      result.error.toConsolidate.map((demand) => requestConsolidation(store, demand, command)),
    );
  return result;
}

/** Has a SKU's units brought together: the consumer of the event that this makes moves them. */
const requestConsolidation = (
  store: StockStore,
  { sku, ...demand }: Demand,
  { now, by, correlationId }: ReserveStock,
) => {
  const context = { now, by, correlationId };
  return executeCommand(store, { records: [sku] }, context, ({ skus }) =>
    decideConsolidation(skus?.get(sku), { ...demand, ...context }),
  );
};
