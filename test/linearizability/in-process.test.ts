import { expect, test } from 'vitest';
import type { Change } from '../../lambdas/inventory/domain/ledger/change.ts';
import type {
  ApplyResult,
  BookRecords,
  RecordKeys,
} from '../../lambdas/inventory/use-cases/ports.ts';
import { recordHistory } from './in-process.ts';
import { findContradictions } from './inventory/contradictions.ts';
import { checkHistory } from './inventory/inventory-history.ts';
import { SlowStore } from './slow-store.ts';

const CLIENTS = 5;
const REQUESTS = 25;

test.each([1, 3, 10])(
  'responses to concurrent clients of %i shards are linearizable',
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

/** Acknowledges every second receipt without writing it, like a lost update. */
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

/** Returns stale cells after the first reads. */
class StaleStore extends SlowStore {
  #before: BookRecords[] = [];

  override async read(keys: RecordKeys): Promise<BookRecords> {
    const records = await super.read(keys);
    const isOfCellsAlone = keys.cells !== undefined && keys.operations === undefined;
    if (!isOfCellsAlone || keys.reservations !== undefined) return records;
    this.#before.push(records);
    return this.#before.length > 3 ? (this.#before.shift() ?? records) : records;
  }
}

/** Loses the operation records, so that repeats take effect again. */
class ForgetfulStore extends SlowStore {
  override async read(keys: RecordKeys): Promise<BookRecords> {
    const records = await super.read(keys);
    this.operations.clear();
    return { ...records, operations: new Map() };
  }
}

test.each([
  ['a lost update', LosingStore],
  ['a stale read', StaleStore],
  ['a double effect', ForgetfulStore],
])('detects %s', async (_violation, Store) => {
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
