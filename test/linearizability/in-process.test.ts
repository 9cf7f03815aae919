import { expect, test } from 'vitest';
import type { Change } from '../../lambdas/inventory/domain/ledger/change.ts';
import type { BookState } from '../../lambdas/inventory/domain/ledger/decision.ts';
import type { ApplyResult, Reads } from '../../lambdas/inventory/use-cases/ports.ts';
import { recordHistory, SlowStore } from './in-process.ts';
import { checkHistory, findContradictions } from './inventory-history.ts';

const CLIENTS = 5;
const REQUESTS = 25;

test.each([1, 3, 10])(
  'what concurrent clients of %i shards are told is linearizable',
  async (shards) => {
    const history = await recordHistory({
      store: new SlowStore(shards),
      shards,
      clients: CLIENTS,
      requests: REQUESTS,
      seed: shards,
    });

    const verdict = checkHistory(history);

    expect(verdict, JSON.stringify(verdict)).toMatchObject({ result: 'linearizable' });
    expect(findContradictions(history)).toEqual([]);
    expect(history.operations.length).toBeGreaterThan(CLIENTS * REQUESTS);
  },
);

/** Acknowledges every second receipt without writing it, as an update that another one overwrites. */
class LosingStore extends SlowStore {
  #received = 0;

  override async apply(change: Change): Promise<ApplyResult> {
    if (change.cells.some(({ movements }) => movements.some(({ kind }) => kind === 'RECEIVED'))) {
      this.#received += 1;
      if (this.#received % 2 === 0) return { outcome: 'applied' };
    }
    return super.apply(change);
  }
}

/** Reads the cells as they were some reads ago. */
class StaleStore extends SlowStore {
  #before: BookState[] = [];

  override async load(reads: Reads): Promise<BookState> {
    const state = await super.load(reads);
    const isOfCellsAlone = reads.cells !== undefined && reads.operationId === undefined;
    if (!isOfCellsAlone || reads.reservationId !== undefined) return state;
    this.#before.push(state);
    return this.#before.length > 3 ? (this.#before.shift() ?? state) : state;
  }
}

/** Forgets which operations took effect. */
class ForgetfulStore extends SlowStore {
  override async load(reads: Reads): Promise<BookState> {
    const { operation: _forgotten, ...state } = await super.load(reads);
    this.operations.clear();
    return state;
  }
}

test.each([
  ['a lost update', LosingStore],
  ['a stale read', StaleStore],
  ['a double effect', ForgetfulStore],
])('%s is found', async (_violation, Store) => {
  const history = await recordHistory({
    store: new Store(7),
    shards: 1,
    clients: CLIENTS,
    requests: REQUESTS,
    seed: 7,
  });

  const isFound =
    findContradictions(history).length > 0 || checkHistory(history).result === 'violation';

  expect(isFound).toBe(true);
});
