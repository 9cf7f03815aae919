import type { Shortage } from '../../contracts/api/reservations.ts';
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

/** Maximum attempts of a command. After them the caller has to retry. */
export const ATTEMPTS_MAX = 8;

/** Maximum `prepare` changes of one command. A written one does not count as an attempt. */
export const PREPARATIONS_MAX = 40;

/** Reads and decision of a command. */
export type Command<State extends BookState, Value, Failure> = {
  readonly context: CommandContext;
  /** Key of the idempotency record, which identifies a repeat of the command. */
  readonly record?: { readonly reservationId?: string; readonly operationId?: string };
  /** Reads what usually suffices. Called once in each attempt, and after each preparation. */
  readonly read: () => Promise<State>;
  /** Reads everything. Called in the same attempt if a partial state does not suffice. */
  readonly readAll?: (sample: State) => Promise<State>;
  /** Returns true if the next attempt may read other cells. Then the delay before it is short. */
  readonly readsOtherCells?: () => boolean;
  readonly decide: (state: State) => Decision<Value, Failure>;
};

/** Rejection with the state that it is based on, or undefined if units moved during the reads. */
export type Rejection<State, Failure> = {
  readonly ok: false;
  readonly error: Failure;
  readonly state: State | undefined;
};
type Outcome<State, Value, Failure> =
  | { readonly ok: true; readonly value: Value }
  | Rejection<State, Failure>;

/**
 * Reads, decides and performs the decision. Repeats all three if the book changed in between, or if
 * the records contradict each other. Returns after the change is durable, or with a rejection that
 * is based on strongly consistent reads.
 *
 * @throws RetryLaterError if all attempts failed. Only preparations may have been written.
 */
export async function executeCommand<State extends BookState, Value, Failure>(
  store: StockStore,
  command: Command<State, Value, Failure>,
): Promise<Result<Value, Failure>> {
  const outcome = await runCommand(store, command);
  return outcome.ok ? outcome : err(outcome.error);
}

/** Executes a command. A rejection includes the state that it is based on. */
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
    ? new RetryLaterError(`the book stayed busy during each of ${ATTEMPTS_MAX} attempts`)
    : new RetryLaterError(`after ${ATTEMPTS_MAX} attempts: ${contradiction.message}`, {
        cause: contradiction,
      });
}

/** State shared by the attempts of a command. Methods return undefined for another attempt. */
class CommandRun<State extends BookState, Value, Failure> {
  readonly #store: StockStore;
  readonly #command: Command<State, Value, Failure>;
  #preparations = 0;
  /** SKUs whose cells caused a conflict, once for each attempt. */
  #contendedSkus: readonly string[] = [];
  /** Contradiction between the records that were read last. */
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
      throw new Error('the decision on a complete state must not be readAll');
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
   * Confirms a decision that is based on cells or on a missing record. The idempotency record is
   * read again, and the decision is repeated with it: a concurrent duplicate of this request may
   * have written the record and taken the last unit. The cells of a SKU are not read at one moment,
   * so a unit that moved between two cells may be in neither read. The SKU's record shows such
   * moves. Returns undefined if the decision is not confirmed.
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

  /**
   * Reads the idempotency record again. Returns it with the units that were transferred between the
   * cells of each SKU since `state` was read.
   */
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

  /** Decides again with the record that a duplicate of this request wrote first. Reads nothing. */
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
