import { RetryLater } from '../../shared/faults.ts';
import { accepted, type Result } from '../../shared/result.ts';
import { type BookState, type CommandContext, type Decision, foldOverdue } from '../domain/decision.ts';
import type { Reads, StockStore } from './ports.ts';

/** After so many tries the caller is told to come again. */
export const TRIES_MAX = 8;

/**
 * Load, decide, apply; and again while the book moves on in between. Answers once the change is durable, or with a refusal
 * that rests on a strongly consistent read. Throws RetryLater when the book stayed busy: then nothing was written.
 */
export async function changeBook<Value, Refusal>(
  store: StockStore,
  reads: Reads,
  context: CommandContext,
  decide: (state: BookState) => Decision<Value, Refusal>,
): Promise<Result<Value, Refusal>> {
  for (let tried = 0; tried < TRIES_MAX; tried += 1) {
    if (tried > 0) await store.pause(tried);
    const state = await store.load(reads);
    if (await foldedFirst(store, state, context)) continue;

    const decision = await confirmed(store, reads, state, decide);
    if (!decision.ok) return decision;
    const { value, change } = decision.value;
    if (change === undefined) return accepted(value);

    const applied = await store.apply(change);
    if (applied.outcome === 'applied') return accepted(value);
    if (applied.outcome === 'busy') continue;
    const repeat = reads.cellsOfReservation ? undefined : decideRepeat(state, applied, decide);
    if (repeat !== undefined) return repeat;
  }
  throw new RetryLater(`the book stayed busy for ${TRIES_MAX} tries`);
}

/**
 * A refusal where the marker was not there may be the echo of the request's own twin, which took the last unit between two
 * reads: the marker is read once more before anyone is refused.
 */
async function confirmed<Value, Refusal>(
  store: StockStore,
  { reservationId, operationId, cellsOfReservation }: Reads,
  state: BookState,
  decide: (state: BookState) => Decision<Value, Refusal>,
): Promise<Decision<Value, Refusal>> {
  const decision = decide(state);
  const unmarked =
    (reservationId !== undefined && state.reservation === undefined) ||
    (operationId !== undefined && state.operation === undefined);
  if (decision.ok || !unmarked || cellsOfReservation) return decision;
  const { reservation, operation } = await store.load({
    ...(reservationId === undefined ? {} : { reservationId }),
    ...(operationId === undefined ? {} : { operationId }),
  });
  return decide({ ...state, ...(reservation && { reservation }), ...(operation && { operation }) });
}

/**
 * The write found the marker that this request's twin had left: its answer, without reading the book again. Not for a step
 * whose cells are those of the marker: they were not read with it.
 */
function decideRepeat<Value, Refusal>(
  state: BookState,
  { reservation, operation }: Pick<BookState, 'reservation' | 'operation'>,
  decide: (state: BookState) => Decision<Value, Refusal>,
): Result<Value, Refusal> | undefined {
  const isNew =
    (reservation !== undefined && state.reservation === undefined) ||
    (operation !== undefined && state.operation === undefined);
  if (!isNew) return undefined;
  const decision = decide({ ...state, ...(reservation && { reservation }), ...(operation && { operation }) });
  if (!decision.ok) return decision;
  return decision.value.change === undefined ? accepted(decision.value.value) : undefined;
}

async function foldedFirst(
  store: StockStore,
  { cells }: BookState,
  context: CommandContext,
): Promise<boolean> {
  const overdue = [...cells.values()]
    .map((cell) => foldOverdue(cell, context))
    .find((change) => change !== undefined);
  if (overdue === undefined) return false;
  await store.apply(overdue);
  return true;
}
