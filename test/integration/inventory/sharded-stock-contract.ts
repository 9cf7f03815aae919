import { describe, expect, test } from 'vitest';
import { availableUnits } from '../../../lambdas/inventory/domain/ledger/allocation.ts';
import type { BookState } from '../../../lambdas/inventory/domain/ledger/decision.ts';
import { decideRebalance } from '../../../lambdas/inventory/domain/sharding/rebalance.ts';
import {
  loadReservationWithStock,
  loadStock,
  loadStockForOperation,
} from '../../../lambdas/inventory/use-cases/load-state.ts';
import type { StockStore } from '../../../lambdas/inventory/use-cases/ports.ts';
import {
  commitReservation,
  releaseReservation,
  shipReservation,
} from '../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import { ReserveCache } from '../../../lambdas/inventory/use-cases/reservations/reserve-cache.ts';
import { reserveStock } from '../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { rebalanceStock } from '../../../lambdas/inventory/use-cases/sharding/rebalance-stock.ts';
import {
  adjustStock,
  putStock,
  receiveStock,
} from '../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { RetryLaterError } from '../../../lambdas/shared/core/errors.ts';
import { systemRandom } from '../../../lambdas/shared/core/random.ts';
import { changeOf, context, NOON, reserveCommand } from '../../support/inventory.ts';

const rebalanceCommand = { ...context(), sku: 'tea' };
const RETRIES_MAX = 20;

/** Retries as a client does after a 503. */
async function withRetries<Value>(ask: () => Promise<Value>): Promise<Value> {
  for (let time = 1; time < RETRIES_MAX; time += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof RetryLaterError)) throw error;
    }
  }
  return ask();
}

/** Tests every implementation of StockStore with a SKU whose units are in several cells. */
export function shardedStockContract(name: string, newStore: () => Promise<StockStore>): void {
  const setShards = async (store: StockStore, shardCount: number): Promise<void> => {
    await withRetries(() => putStock(store, { ...context(), sku: 'tea', shardCount }));
    await withRetries(() => rebalanceStock(store, rebalanceCommand));
  };
  const storeWith = async (units: number, shardCount: number): Promise<StockStore> => {
    const store = await newStore();
    const entry = { ...context(), operationId: 'receipt-1', fingerprint: '', sku: 'tea' };
    await receiveStock(store, { ...entry, quantity: units, createSku: true });
    await setShards(store, shardCount);
    return store;
  };
  const createBuyer =
    (store: StockStore, cache: ReserveCache) => (reservationId: string, quantity: number) =>
      withRetries(() =>
        reserveStock(
          store,
          reserveCommand({ reservationId, lines: [{ sku: 'tea', quantity }] }),
          cache,
        ),
      );

  describe(`${name} stores a SKU of several cells:`, () => {
    test('a transfer writes a record for itself and for each of its two cells', async () => {
      const store = await storeWith(10, 3);

      const state = await loadStockForOperation(store, 'tea', 'transfer#tea#2');
      const halves = await Promise.all(
        [1, 2].map((half) => loadStockForOperation(store, 'tea', `transfer#tea#2.${half}`)),
      );

      expect(unitsIn(state)).toEqual({ 'tea#main#0': 4, 'tea#main#1': 3, 'tea#main#2': 3 });
      expect(state.stockItems.get('tea')).toMatchObject({
        shardCount: 3,
        openShardCount: 3,
        peakShardCount: 3,
        transferCount: 2,
      });
      expect(state.operation).toMatchObject({ operationId: 'transfer#tea#2' });
      expect(halves.map(({ operation }) => operation?.entry)).toMatchObject([
        {
          cell: { shard: 0 },
          movement: { quantity: 3, to: { account: 'available', shard: 2 } },
        },
        {
          cell: { shard: 2 },
          movement: { quantity: 3, from: { account: 'available', shard: 0 } },
        },
      ]);
    });

    test('records are read alone, or with all cells that may have units', async () => {
      const store = await storeWith(10, 3);
      const entry = { ...context(), operationId: 'receipt-2', fingerprint: '', quantity: 4 };
      const place = { locationId: 'annex', createLocation: true };
      await receiveStock(store, { ...entry, ...place, sku: 'cup', createSku: true });

      const records = await store.read({ stockItems: ['tea', 'ghost'] });
      const whole = await loadReservationWithStock(store, 'res-1', ['tea', 'cup', 'ghost']);

      expect([...records.stockItems.keys()]).toEqual(['tea']);
      expect(records.cells.size).toBe(0);
      expect([...whole.stockItems.keys()].sort()).toEqual(['cup', 'tea']);
      expect(unitsIn(whole)).toEqual({
        'cup#annex#0': 4,
        'cup#main#0': 0,
        'tea#main#0': 4,
        'tea#main#1': 3,
        'tea#main#2': 3,
      });
    });

    test('a transfer is rejected if another one was written after its decision', async () => {
      const store = await storeWith(10, 1);
      await putStock(store, { ...context(), sku: 'tea', shardCount: 2 });
      const step = changeOf(decideRebalance(await loadStock(store, 'tea'), rebalanceCommand));

      const outcomes = [await store.apply(step), await store.apply(step)];

      expect(outcomes.map(({ outcome }) => outcome)).toEqual(['applied', 'conditionFailed']);
      expect(unitsIn(await loadStock(store, 'tea'))).toEqual({
        'tea#main#0': 5,
        'tea#main#1': 5,
      });
    });

    test('a cell that changed since it was read as empty is not closed', async () => {
      const store = await storeWith(4, 2);
      await putStock(store, { ...context(), sku: 'tea', shardCount: 1 });
      const next = async () =>
        changeOf(decideRebalance(await loadStock(store, 'tea'), rebalanceCommand));
      await store.apply(await next());
      const closing = await next();
      const [emptied] = closing.cells;
      if (emptied === undefined) throw new Error('nothing is to be closed');

      const meanwhile = [{ ...emptied, guard: {} }];
      await store.apply({
        operationId: 'other',
        at: NOON,
        correlationId: 'corr-1',
        cells: meanwhile,
      });

      expect((await store.apply(closing)).outcome).toBe('conditionFailed');
      expect((await loadStock(store, 'tea')).stockItems.get('tea')?.openShardCount).toBe(2);
    });

    test('a hold may use several cells, and commit, ship and release change all of them', async () => {
      const store = await storeWith(12, 4);
      const buy = createBuyer(store, new ReserveCache());
      await buy('res-1', 7);
      await buy('res-2', 5);

      await commitReservation(store, { ...context(), reservationId: 'res-1' });
      const committed = accountsOf(await loadStock(store, 'tea'));
      await shipReservation(store, { ...context(), reservationId: 'res-1' });
      await releaseReservation(store, { ...context(), reservationId: 'res-2' });

      expect(committed).toEqual({ available: 0, held: 5, committed: 7 });
      expect(accountsOf(await loadStock(store, 'tea'))).toEqual({
        available: 5,
        held: 0,
        committed: 0,
      });
    });

    test('50 units in 50 cells are consolidated, then held, and can be adjusted to zero', async () => {
      const store = await storeWith(50, 50);
      const buy = createBuyer(store, new ReserveCache());
      const rejected = await buy('res-1', 50);
      await withRetries(() => rebalanceStock(store, rebalanceCommand));
      const held = await buy('res-1', 50);
      await releaseReservation(store, { ...context(), reservationId: 'res-1' });
      const entry = { ...context(), operationId: 'adjustment-1', fingerprint: '', sku: 'tea' };

      const adjusted = await adjustStock(store, { ...entry, delta: -50, reason: 'damaged' });

      expect(rejected).toMatchObject({
        error: { kind: 'stockTooFragmented', cellsNeeded: 50, cellsMax: 49 },
      });
      expect(held.ok && held.value.reservation.lines.length).toBe(1);
      expect(adjusted.ok).toBe(true);
      expect(accountsOf(await loadStock(store, 'tea'))).toEqual({
        available: 0,
        held: 0,
        committed: 0,
      });
    });

    test('of 64 concurrent requests for 3 of 50 units over 10 cells, 16 hold units and 48 are rejected', async () => {
      const store = await storeWith(50, 10);
      const buy = createBuyer(store, new ReserveCache(systemRandom));

      const results = await Promise.all(
        Array.from({ length: 64 }, (_, index) => buy(`res-${index}`, 3)),
      );

      const errors = results.flatMap((result) => (result.ok ? [] : [result.error.kind]));
      expect(errors).toEqual(Array(48).fill('insufficientStock'));
      expect(accountsOf(await loadStock(store, 'tea'))).toEqual({
        available: 2,
        held: 48,
        committed: 0,
      });
    });

    test('shards can be added and removed during sales without losing a unit', async () => {
      const store = await storeWith(60, 1);
      const buy = createBuyer(store, new ReserveCache(systemRandom));
      const buyers = (from: number, count: number) =>
        Promise.all(
          Array.from({ length: count }, (_, index) => buy(`res-${from + index}`, 1 + (index % 3))),
        );

      const [first] = await Promise.all([buyers(0, 12), setShards(store, 8)]);
      const [second] = await Promise.all([buyers(12, 12), setShards(store, 1)]);
      for (let index = 0; index < 24; index += 1) {
        await commitReservation(store, { ...context(), reservationId: `res-${index}` });
        await shipReservation(store, { ...context(), reservationId: `res-${index}` });
      }
      await rebalanceStock(store, rebalanceCommand);

      expect([...first, ...second].every(({ ok }) => ok)).toBe(true);
      const state = await loadStock(store, 'tea');
      expect(unitsIn(state)).toEqual({ 'tea#main#0': 12 });
      expect(state.stockItems.get('tea')).toMatchObject({
        shardCount: 1,
        openShardCount: 1,
        peakShardCount: 8,
      });
    });
  });
}

const unitsIn = ({ cells }: BookState) =>
  Object.fromEntries([...cells].sort().map(([id, { available }]) => [id, available]));

const accountsOf = ({ cells }: BookState) => {
  const all = [...cells.values()];
  const sum = (units: readonly number[]) => units.reduce((total, one) => total + one, 0);
  return {
    available: availableUnits(all, NOON),
    held: sum(all.flatMap(({ held }) => Object.values(held))),
    committed: sum(all.map(({ committed }) => committed)),
  };
};
