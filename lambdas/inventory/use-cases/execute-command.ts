import type { Shortage } from '../../contracts/api/inventory.ts';
import { RetryLaterError } from '../../shared/core/errors.ts';
import { err, type Result } from '../../shared/core/result.ts';
import type { Change } from '../domain/ledger/change.ts';
import {
  type BookState,
  type CommandContext,
  type Decision,
  expireOverdueBuckets,
} from '../domain/ledger/decision.ts';
import { InconsistentStateError } from '../domain/ledger/inconsistent-state-error.ts';
import { unitsTransferredBetween } from '../domain/ledger/stock-item.ts';
import type { ExistingRecord, StockStore } from './ports.ts';

/** Maximum attempts of a command. After them the caller is asked to retry. */
export const ATTEMPTS_MAX = 8;

/** Maximum `prepare` changes of one command. One that was written does not count as an attempt. */
export const PREPARATIONS_MAX = 40;

/** How a command reads the book, and what it decides on what was read. */
export type Command<State extends BookState, Value, Failure> = {
  readonly context: CommandContext;
  /** Key of the idempotency record, which identifies a repeat of the command. */
  readonly record?: { readonly reservationId?: string; readonly operationId?: string };
  /** Reads what is enough as a rule. Called once in each attempt, and after each preparation. */
  readonly read: () => Promise<State>;
  /** Reads everything. Called in the same attempt when a decision on what `read` returned asks for it. */
  readonly readAll?: (sample: State) => Promise<State>;
  /** True where `read` may read other cells in the next attempt: then the pause before it is short. */
  readonly readsOtherCells?: () => boolean;
  readonly decide: (state: State) => Decision<Value, Failure>;
};

/** A rejection, and the state that it rests on; undefined where units were moved during the reads. */
export type Rejection<State, Failure> = {
  readonly ok: false;
  readonly error: Failure;
  readonly state: State | undefined;
};
type Outcome<State, Value, Failure> =
  | { readonly ok: true; readonly value: Value }
  | Rejection<State, Failure>;

/**
 * Reads, decides and performs the decision. Starts again where the book changed in between, or
 * where what was read contradicts itself. Returns once the change is durable, or with a rejection
 * that rests on strongly consistent reads.
 *
 * @throws RetryLaterError when all attempts failed: then nothing but preparations was written
 */
export async function executeCommand<State extends BookState, Value, Failure>(
  store: StockStore,
  command: Command<State, Value, Failure>,
): Promise<Result<Value, Failure>> {
  const outcome = await runCommand(store, command);
  return outcome.ok ? outcome : err(outcome.error);
}

/** Executes a command, and returns with a rejection the state that it rests on. */
export async function runCommand<State extends BookState, Value, Failure>(
  store: StockStore,
  command: Command<State, Value, Failure>,
): Promise<Outcome<State, Value, Failure>> {
  const run = new CommandRun(store, command);
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    if (attempt > 0) await store.backoff(attempt, command.readsOtherCells?.());
    const outcome = await run.attempt();
    if (outcome !== undefined) return outcome;
  }
  const { contradiction } = run;
  throw contradiction === undefined
    ? new RetryLaterError(`the book stayed busy for ${ATTEMPTS_MAX} tries`)
    : new RetryLaterError(`after ${ATTEMPTS_MAX} tries: ${contradiction.message}`, {
        cause: contradiction,
      });
}

/** State that the attempts of a command share. Methods return undefined to try again. */
class CommandRun<State extends BookState, Value, Failure> {
  readonly #store: StockStore;
  readonly #command: Command<State, Value, Failure>;
  #preparations = 0;
  /** SKUs in whose cells an attempt met a conflict, once for each attempt. */
  #contendedSkus: readonly string[] = [];
  /** The contradiction in the state that was read last. */
  contradiction: InconsistentStateError | undefined;

  constructor(store: StockStore, command: Command<State, Value, Failure>) {
    this.#store = store;
    this.#command = command;
  }

  async attempt(): Promise<Outcome<State, Value, Failure> | undefined> {
    let state = await this.#command.read();
    for (;;) {
      const decision = this.#decide(state);
      switch (decision?.next) {
        case 'readAll':
          state = await this.#readAll(state);
          break;
        case 'prepare':
          if (!(await this.#prepare(decision.change))) return undefined;
          state = await this.#readAgain(state);
          break;
        default:
          return decision && this.#finish(state, decision);
      }
    }
  }

  #decide(state: State): Decision<Value, Failure> | undefined {
    this.contradiction = undefined;
    const overdue = overdueExpiryIn(state, this.#command.context);
    if (overdue !== undefined) return { next: 'prepare', change: overdue };
    try {
      return this.#command.decide(state);
    } catch (error) {
      if (!(error instanceof InconsistentStateError)) throw error;
      this.contradiction = error;
      return undefined;
    }
  }

  #readAll(sample: State): Promise<State> {
    const { readAll } = this.#command;
    if (readAll === undefined || sample.isComplete)
      throw new Error('a decision on everything asks for more');
    return readAll(sample);
  }

  #readAgain(state: State): Promise<State> {
    const { read, readAll } = this.#command;
    return state.isComplete && readAll !== undefined ? readAll(state) : read();
  }

  async #prepare(change: Change): Promise<boolean> {
    const { outcome } = await this.#store.apply(change);
    if (outcome !== 'applied' || this.#preparations === PREPARATIONS_MAX) return false;
    this.#preparations += 1;
    return true;
  }

  async #finish(
    state: State,
    decision: Decision<Value, Failure>,
  ): Promise<Outcome<State, Value, Failure> | undefined> {
    const { decision: final, isExact } = (await this.#confirm(state, decision)) ?? {};
    switch (final?.next) {
      case 'commit':
        return this.#write(state, final.change, final.value);
      case 'replay':
        return { ok: true, value: final.value };
      case 'reject':
        return { ok: false, error: final.error, state: isExact ? state : undefined };
      default:
        return undefined;
    }
  }

  /**
   * Confirms a decision that rests on cells, or on a missing record. Another request may have
   * written the record after it was read; a concurrent duplicate of this request may have taken the
   * last unit itself. So the record is read again, and the decision is made again with it. The
   * cells of a SKU are not read at one moment: a unit that was moved meanwhile may have been seen
   * in neither cell, which the SKU's record shows. Returns undefined where the decision does not
   * stand.
   */
  async #confirm(
    state: State,
    decision: Decision<Value, Failure>,
  ): Promise<Confirmed<Value, Failure> | undefined> {
    const shortages = 'unconfirmed' in decision ? decision.unconfirmed : undefined;
    if (shortages === undefined) return { decision, isExact: true };
    const { record, transferredUnits } = await this.#readRecords(state);
    if (shortages.some((shortage) => isCovered(shortage, transferredUnits))) return undefined;
    const confirmed = this.#decide({ ...state, ...record });
    const isExact = [...transferredUnits.values()].every((units) => units === 0);
    return confirmed && { decision: confirmed, isExact };
  }

  /** Reads the idempotency record again, and how many units were moved between the cells of each SKU since `state` was read. */
  async #readRecords({ stockItems }: State) {
    const { reservationId, operationId } = this.#command.record ?? {};
    const records = await this.#store.read({
      ...(reservationId === undefined ? {} : { reservations: [reservationId] }),
      ...(operationId === undefined ? {} : { operations: [operationId] }),
      stockItems: [...stockItems.keys()],
    });
    const [reservation] = records.reservations.values();
    const [operation] = records.operations.values();
    const record: ExistingRecord = {
      ...(reservation && { reservation }),
      ...(operation && { operation }),
    };
    const transferredUnits = new Map(
      [...stockItems].map(([sku, item]) => [
        sku,
        unitsTransferredBetween(item, records.stockItems.get(sku)),
      ]),
    );
    return { record, transferredUnits };
  }

  async #write(
    state: State,
    change: Change,
    value: Value,
  ): Promise<Outcome<State, Value, Failure> | undefined> {
    const applied = await this.#store.apply(change, this.#contendedSkus);
    switch (applied.outcome) {
      case 'applied':
        return { ok: true, value };
      case 'busy':
        this.#contendedSkus = [...this.#contendedSkus, ...(applied.contendedSkus ?? [])];
        return undefined;
      case 'conditionFailed':
        return this.#replay(state, applied);
    }
  }

  /** Decides on the record that a duplicate of this request wrote first, without a read of the book. */
  #replay(state: State, existing: ExistingRecord): Outcome<State, Value, Failure> | undefined {
    const isNew =
      (existing.reservation !== undefined && state.reservation === undefined) ||
      (existing.operation !== undefined && state.operation === undefined);
    if (!isNew) return undefined;
    const decision = this.#decide({ ...state, ...existing });
    if (decision?.next === 'reject') return { ok: false, error: decision.error, state: undefined };
    return decision?.next === 'replay' ? { ok: true, value: decision.value } : undefined;
  }
}

type Confirmed<Value, Failure> = {
  readonly decision: Decision<Value, Failure>;
  readonly isExact: boolean;
};

const isCovered = (
  { sku, available, requested }: Shortage,
  transferredUnits: ReadonlyMap<string, number>,
): boolean => available + (transferredUnits.get(sku) ?? 0) >= requested;

/** Returns a change for a cell with more expired buckets than one change can take. */
const overdueExpiryIn = ({ cells }: BookState, context: CommandContext): Change | undefined =>
  [...cells.values()]
    .map((cell) => expireOverdueBuckets(cell, context))
    .find((change) => change !== undefined);
