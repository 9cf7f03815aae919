import { type Result, refused } from '../../../shared/core/result.ts';
import type { BookState } from '../../domain/ledger/decision.ts';
import { type Demand, mergeLines } from '../../domain/ledger/reservation.ts';
import {
  decideReserve,
  type Reserved,
  type ReserveRefusal,
  type ReserveStock,
} from '../../domain/reservations/reserve.ts';
import { decideConsolidation } from '../../domain/sharding/consolidate.ts';
import { changeBook } from '../change-book.ts';
import type { StockStore } from '../ports.ts';
import { ReserveMemory } from './reserve-memory.ts';

/**
 * Holds all lines or none. One read and one transaction, however many lines: of each sku two cells are looked at, and others at each
 * new try. Only where these have too little, all of them are read; in a
 * rush for a SKU that is sold out, once a second.
 * `memory` is that of the function's instance, between its requests.
 */
export async function reserveStock(
  store: StockStore,
  command: ReserveStock,
  memory = new ReserveMemory(),
): Promise<Result<Reserved, ReserveRefusal>> {
  const { reservationId, now } = command;
  const demands = mergeLines(command.lines);
  const skus = [...new Set(demands.map(({ sku }) => sku))];

  const shortages = memory.rejectUnread(demands, now);
  if (shortages.length > 0) {
    const { reservation } = await store.load({ reservationId });
    if (reservation === undefined) return refused({ kind: 'insufficientStock', shortages });
  }

  const glance = async (): Promise<BookState> => {
    const unknown = skus.filter((sku) => memory.shardsOf(sku, now) === undefined);
    const first = await store.load({
      cells: demands.flatMap((demand) =>
        memory.pick(demand, memory.shardsOf(demand.sku, now) ?? 1),
      ),
      reservationId,
      ...(unknown.length === 0 ? {} : { records: unknown }),
    });
    memory.learn(first.skus?.values() ?? [], now);
    const spread = demands.filter(
      ({ sku }) => unknown.includes(sku) && (memory.shardsOf(sku, now) ?? 1) > 1,
    );
    if (spread.length === 0 || first.reservation !== undefined) return first;
    const more = await store.load({
      cells: spread.flatMap((demand) => memory.pick(demand, memory.shardsOf(demand.sku, now) ?? 1)),
    });
    return { ...first, cells: new Map([...first.cells, ...more.cells]) };
  };

  const result = await changeBook(
    store,
    { reservationId, skus },
    command,
    (state, isWhole) => decideReserve(memory.shuffled(state), command, { gathers: isWhole }),
    {
      glance,
      hops: () => skus.some((sku) => (memory.shardsOf(sku, now) ?? 1) > 1),
      refused: ({ kind }, state) => {
        if (kind === 'insufficientStock') memory.sawShortage(state, demands, now);
      },
    },
  );
  if (!result.ok && result.refusal.kind === 'tooManyParts')
    await Promise.all(
      result.refusal.scattered.map((demand) => consolidate(store, demand, command)),
    );
  return result;
}

/** Has a SKU's units brought together: the consumer of the event that this makes moves them. */
const consolidate = (
  store: StockStore,
  { sku, ...demand }: Demand,
  { now, by, correlationId }: ReserveStock,
) => {
  const context = { now, by, correlationId };
  return changeBook(store, { records: [sku] }, context, ({ skus }) =>
    decideConsolidation(skus?.get(sku), { ...demand, ...context }),
  );
};
