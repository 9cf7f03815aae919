import { RetryLater } from '../../shared/faults.ts';
import { accepted, type Result } from '../../shared/result.ts';
import type { Change } from '../domain/change.ts';
import { type BookState, type CommandContext, type Decision, foldOverdue } from '../domain/decision.ts';
import type { Shortage } from '../domain/reservation.ts';
import { unitsMissed } from '../domain/sku.ts';
import type { Applied, Reads, StockStore } from './ports.ts';

/** After so many tries the caller is told to come again. */
export const TRIES_MAX = 8;

/** `isWhole` is false for what was only glanced at. */
type Decide<Value, Refusal> = (state: BookState, isWhole: boolean) => Decision<Value, Refusal>;
type Looked<Value, Refusal> = { readonly state: BookState; readonly decision: Decision<Value, Refusal> };

type Options<Refusal> = {
  /** Reads what will do as a rule, at each try anew. A refusal of it counts for nothing: then all of `reads` is read. */
  readonly glance?: () => Promise<BookState>;
  /** True where the next glance may be at other cells. */
  readonly hops?: () => boolean;
  /** What has to be written before anything can be decided. */
  readonly before?: (state: BookState) => Change | undefined;
  /**
   * Told of a final refusal, and of the state on which it rests: a glance, where the marker alone was the reason. Not where units were
   * moved meanwhile: then the state may lack some of them.
   */
  readonly refused?: (refusal: Refusal, state: BookState) => void;
};

/**
 * Load, decide, apply; and again while the book moves on in between. Answers once the change is durable, or with a refusal
 * that rests on a strongly consistent read. Throws RetryLater when the book stayed busy: then nothing was written.
 */
export async function changeBook<Value, Refusal>(
  store: StockStore,
  reads: Reads,
  context: CommandContext,
  decide: Decide<Value, Refusal>,
  { glance, hops, before, refused }: Options<Refusal> = {},
): Promise<Result<Value, Refusal>> {
  const conflicts = new Map<string, number>();
  const look = async (isWhole: boolean): Promise<Looked<Value, Refusal> | undefined> => {
    const state = await (isWhole || glance === undefined ? store.load(reads) : glance());
    const first = overdueIn(state, context) ?? (isWhole ? before?.(state) : undefined);
    if (first === undefined) return { state, decision: decide(state, isWhole) };
    await store.apply(first);
    return undefined;
  };
  for (let tried = 0; tried < TRIES_MAX; tried += 1) {
    if (tried > 0) await store.pause(tried, hops?.());
    let looked = await look(glance === undefined);
    if (glance !== undefined && looked?.decision.ok === false && looked.state.reservation === undefined)
      looked = await look(true);
    if (looked === undefined) continue;
    const { state } = looked;
    const confirmed = await confirm(store, reads, looked, decide);
    if (confirmed === undefined) continue;
    const { decision, isExact } = confirmed;
    if (!decision.ok) {
      if (isExact) refused?.(decision.refusal, state);
      return decision;
    }
    const { value, change } = decision.value;
    if (change === undefined) return accepted(value);

    const applied = await store.apply(withConflicts(change, conflicts));
    if (applied.outcome === 'applied') return accepted(value);
    if (applied.outcome === 'busy') {
      count(conflicts, applied);
      continue;
    }
    const repeat = reads.cellsOfReservation ? undefined : decideRepeat(state, applied, decide);
    if (repeat !== undefined) return repeat;
  }
  throw new RetryLater(`the book stayed busy for ${TRIES_MAX} tries`);
}

/** What was in the way is written down in a cell of that sku, with the change that came through: so it is known which sku is hot. */
const withConflicts = (change: Change, conflicts: ReadonlyMap<string, number>): Change => {
  if (conflicts.size === 0) return change;
  const open = new Map(conflicts);
  const cells = change.cells.map((cell) => {
    const met = open.get(cell.cell.sku);
    open.delete(cell.cell.sku);
    return met === undefined || cell.creates ? cell : { ...cell, conflicts: met };
  });
  return { ...change, cells };
};

function count(
  conflicts: Map<string, number>,
  { contended = [] }: Applied & { readonly outcome: 'busy' },
): void {
  for (const sku of new Set(contended.map((cell) => cell.sku)))
    conflicts.set(sku, (conflicts.get(sku) ?? 0) + 1);
}

type Confirmed<Value, Refusal> = { readonly decision: Decision<Value, Refusal>; readonly isExact: boolean };

/**
 * A refusal where the marker was not there may be the echo of the request's own twin, which took the last unit between two
 * reads: the marker is read once more before anyone is refused. And the cells of a sku are not read at one moment: units that were
 * moved from one to another meanwhile may have been seen in neither, which the sku's record tells. Undefined where with these there
 * might be enough.
 */
async function confirm<Value, Refusal>(
  store: StockStore,
  { reservationId, operationId, cellsOfReservation, sku, skus = [] }: Reads,
  { state, decision }: Looked<Value, Refusal>,
  decide: Decide<Value, Refusal>,
): Promise<Confirmed<Value, Refusal> | undefined> {
  const unmarked =
    (reservationId !== undefined && state.reservation === undefined) ||
    (operationId !== undefined && state.operation === undefined);
  const isMarkerRead = unmarked && !cellsOfReservation;
  const records = [...(sku === undefined ? [] : [sku]), ...skus];
  if (decision.ok || !(isMarkerRead || (cellsOfReservation && records.length > 0)))
    return { decision, isExact: true };
  const {
    reservation,
    operation,
    skus: again,
  } = await store.load({
    ...(reservationId === undefined || !isMarkerRead ? {} : { reservationId }),
    ...(operationId === undefined || !isMarkerRead ? {} : { operationId }),
    ...(records.length === 0 ? {} : { records }),
  });
  const missed = (one: string): number =>
    unitsMissed(one === sku ? state.sku : state.skus?.get(one), again?.get(one));
  const isShort = shortagesIn(decision.refusal).every(
    (short) => short.available + missed(short.sku) < short.requested,
  );
  if (!isShort) return undefined;
  const final = decide(
    { ...state, ...(reservation && { reservation }), ...(operation && { operation }) },
    true,
  );
  return { decision: final, isExact: records.every((one) => missed(one) === 0) };
}

/** Of a refusal for want of stock; any other does not rest on how many units there are. */
const shortagesIn = (refusal: unknown): readonly Shortage[] =>
  typeof refusal === 'object' && refusal !== null && 'shortages' in refusal
    ? (refusal.shortages as readonly Shortage[])
    : [];

/**
 * The write found the marker that this request's twin had left: its answer, without reading the book again. Not for a step
 * whose cells are those of the marker: they were not read with it.
 */
function decideRepeat<Value, Refusal>(
  state: BookState,
  { reservation, operation }: Pick<BookState, 'reservation' | 'operation'>,
  decide: Decide<Value, Refusal>,
): Result<Value, Refusal> | undefined {
  const isNew =
    (reservation !== undefined && state.reservation === undefined) ||
    (operation !== undefined && state.operation === undefined);
  if (!isNew) return undefined;
  const twin = { ...state, ...(reservation && { reservation }), ...(operation && { operation }) };
  const decision = decide(twin, true);
  if (!decision.ok) return decision;
  return decision.value.change === undefined ? accepted(decision.value.value) : undefined;
}

/** Of cells with more lapsed slots than one change folds, the folding of some. */
const overdueIn = ({ cells }: BookState, context: CommandContext): Change | undefined =>
  [...cells.values()].map((cell) => foldOverdue(cell, context)).find((change) => change !== undefined);
