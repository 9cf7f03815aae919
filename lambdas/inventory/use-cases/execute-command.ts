import { RetryLaterError } from '../../shared/core/errors.ts';
import { ok, type Result } from '../../shared/core/result.ts';
import type { Change } from '../domain/ledger/change.ts';
import {
  type BookState,
  type CommandContext,
  type Decision,
  expireOverdueBuckets,
} from '../domain/ledger/decision.ts';
import { InconsistentStateError } from '../domain/ledger/inconsistent-state-error.ts';
import type { Shortage } from '../domain/ledger/reservation.ts';
import { unitsTransferredBetween } from '../domain/ledger/stock-item.ts';
import type { ApplyResult, Reads, StockStore } from './ports.ts';

/** Maximum tries of a change; after them the caller is asked to retry. */
export const ATTEMPTS_MAX = 8;

/** Maximum preparatory changes of one call, such as folds and transfers. One that was written does not count as a try. */
export const PREPARATIONS_MAX = 40;

/** `isWhole` is false for what was only glanced at. */
type Decide<Value, Refusal> = (state: BookState, isWhole: boolean) => Decision<Value, Refusal>;
type Looked<Value, Refusal> = {
  readonly state: BookState;
  readonly decision: Decision<Value, Refusal>;
};

type Options<Refusal> = {
  /** Reads what will do as a rule, at each try anew. A error of it counts for nothing: then all of `reads` is read. */
  readonly glance?: () => Promise<BookState>;
  /** True where the next glance may be at other cells. */
  readonly hops?: () => boolean;
  /** What has to be written before anything can be decided. */
  readonly before?: (state: BookState) => Change | undefined;
  /**
   * Told of a final error, and of the state on which it rests: a glance, where the marker alone was the reason. Not where units were
   * moved meanwhile: then the state may lack some of them.
   */
  readonly refused?: (error: Refusal, state: BookState) => void;
};

/**
 * Loads, decides and applies, and starts again while the book changes in between, or where what was read contradicts itself. Returns
 * once the change is durable, or with a error that rests on a strongly consistent read. Throws RetryLater when no try came through:
 * then nothing was written but preparations.
 */
export async function executeCommand<Value, Refusal>(
  store: StockStore,
  reads: Reads,
  context: CommandContext,
  decide: Decide<Value, Refusal>,
  { glance, hops, before, refused }: Options<Refusal> = {},
): Promise<Result<Value, Refusal>> {
  const conflicts = new Map<string, number>();
  const decider = new Decider(decide);
  let prepared = 0;
  const look = async (isWhole: boolean): Promise<Looked<Value, Refusal> | undefined> => {
    for (;;) {
      const state = await (isWhole || glance === undefined ? store.load(reads) : glance());
      const first = overdueIn(state, context) ?? (isWhole ? before?.(state) : undefined);
      if (first === undefined) {
        const decision = decider.decide(state, isWhole);
        return decision && { state, decision };
      }
      const { outcome } = await store.apply(first);
      if (outcome !== 'applied' || prepared === PREPARATIONS_MAX) return undefined;
      prepared += 1;
    }
  };
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    if (attempt > 0) await store.backoff(attempt, hops?.());
    let looked = await look(glance === undefined);
    if (
      glance !== undefined &&
      looked?.decision.ok === false &&
      looked.state.reservation === undefined
    )
      looked = await look(true);
    if (looked === undefined) continue;
    const { state } = looked;
    const confirmed = await confirm(store, reads, looked, decider);
    if (confirmed === undefined) continue;
    const { decision, isExact } = confirmed;
    if (!decision.ok) {
      if (isExact) refused?.(decision.error, state);
      return decision;
    }
    const { value, change } = decision.value;
    if (change === undefined) return ok(value);

    const applied = await store.apply(withConflicts(change, conflicts));
    if (applied.outcome === 'applied') return ok(value);
    if (applied.outcome === 'busy') {
      count(conflicts, applied);
      continue;
    }
    const repeat = reads.cellsOfReservation ? undefined : decideRepeat(state, applied, decider);
    if (repeat !== undefined) return repeat;
  }
  throw decider.contradiction === undefined
    ? new RetryLaterError(`the book stayed busy for ${ATTEMPTS_MAX} tries`)
    : new RetryLaterError(`after ${ATTEMPTS_MAX} tries: ${decider.contradiction.message}`, {
        cause: decider.contradiction,
      });
}

/** Decides, and keeps the contradiction that the last state had, if it had one. */
class Decider<Value, Refusal> {
  readonly #decide: Decide<Value, Refusal>;
  contradiction: InconsistentStateError | undefined;

  constructor(decide: Decide<Value, Refusal>) {
    this.#decide = decide;
  }

  /** Undefined for a state that cannot be: it is to be read again. */
  decide(state: BookState, isWhole: boolean): Decision<Value, Refusal> | undefined {
    this.contradiction = undefined;
    try {
      return this.#decide(state, isWhole);
    } catch (error) {
      if (!(error instanceof InconsistentStateError)) throw error;
      this.contradiction = error;
      return undefined;
    }
  }
}

/** What was in the way is written down in a cell of that sku, with the change that came through: so it is known which sku is hot. */
const withConflicts = (change: Change, conflicts: ReadonlyMap<string, number>): Change => {
  if (conflicts.size === 0) return change;
  const open = new Map(conflicts);
  const cells = change.cells.map((cell) => {
    const met = open.get(cell.cell.sku);
    open.delete(cell.cell.sku);
    return met === undefined || cell.isNew ? cell : { ...cell, conflicts: met };
  });
  return { ...change, cells };
};

function count(
  conflicts: Map<string, number>,
  { contended = [] }: ApplyResult & { readonly outcome: 'busy' },
): void {
  for (const sku of new Set(contended.map((cell) => cell.sku)))
    conflicts.set(sku, (conflicts.get(sku) ?? 0) + 1);
}

type Confirmed<Value, Refusal> = {
  readonly decision: Decision<Value, Refusal>;
  readonly isExact: boolean;
};

/**
 * Confirms a error before anyone gets it. Where the marker was not there, the error may be the echo of the same request, sent
 * twice, which took the last unit between two reads. Where it rests on the cells of a held reservation, which are read after its record, a
 * step may lie between the two. In both cases the record is read again, and the decision is made again with it. And the cells of a
 * sku are not read at one moment: units that were moved meanwhile may have been seen in neither cell, which the sku's record
 * shows. Undefined where the error does not stand, and all is to be read again.
 */
async function confirm<Value, Refusal>(
  store: StockStore,
  { reservationId, operationId, cellsOfReservation = false, sku, skus = [] }: Reads,
  { state, decision }: Looked<Value, Refusal>,
  decider: Decider<Value, Refusal>,
): Promise<Confirmed<Value, Refusal> | undefined> {
  const unmarked =
    (reservationId !== undefined && state.reservation === undefined) ||
    (operationId !== undefined && state.operation === undefined);
  const isMarkerRead = unmarked && !cellsOfReservation;
  const isStep = cellsOfReservation && state.reservation?.status === 'HELD';
  const records = [...(sku === undefined ? [] : [sku]), ...skus];
  if (decision.ok || !(isMarkerRead || isStep)) return { decision, isExact: true };
  const {
    reservation,
    operation,
    skus: again,
  } = await store.load({
    ...(reservationId === undefined ? {} : { reservationId }),
    ...(operationId === undefined || !isMarkerRead ? {} : { operationId }),
    ...(records.length === 0 ? {} : { records }),
  });
  const missed = (one: string): number =>
    unitsTransferredBetween(one === sku ? state.sku : state.skus?.get(one), again?.get(one));
  const isShort = shortagesIn(decision.error).every(
    (short) => short.available + missed(short.sku) < short.requested,
  );
  if (!isShort) return undefined;
  const final = decider.decide(
    { ...state, ...(reservation && { reservation }), ...(operation && { operation }) },
    true,
  );
  return final && { decision: final, isExact: records.every((one) => missed(one) === 0) };
}

/** Of a error for want of stock; any other does not rest on how many units there are. */
const shortagesIn = (error: unknown): readonly Shortage[] =>
  typeof error === 'object' && error !== null && 'shortages' in error
    ? (error.shortages as readonly Shortage[])
    : [];

/**
 * The write found the marker that this request's duplicate had left: its answer, without reading the book again. Not for a step
 * whose cells are those of the marker: they were not read with it.
 */
function decideRepeat<Value, Refusal>(
  state: BookState,
  { reservation, operation }: Pick<BookState, 'reservation' | 'operation'>,
  decider: Decider<Value, Refusal>,
): Result<Value, Refusal> | undefined {
  const isNew =
    (reservation !== undefined && state.reservation === undefined) ||
    (operation !== undefined && state.operation === undefined);
  if (!isNew) return undefined;
  const duplicate = {
    ...state,
    ...(reservation && { reservation }),
    ...(operation && { operation }),
  };
  const decision = decider.decide(duplicate, true);
  if (decision?.ok !== true) return decision;
  return decision.value.change === undefined ? ok(decision.value.value) : undefined;
}

/** Of cells with more lapsed buckets than one change folds, the folding of some. */
const overdueIn = ({ cells }: BookState, context: CommandContext): Change | undefined =>
  [...cells.values()]
    .map((cell) => expireOverdueBuckets(cell, context))
    .find((change) => change !== undefined);
