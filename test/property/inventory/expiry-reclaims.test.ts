import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Cell,
  cellIdOf,
  EXPIRY_GRACE_SECONDS,
  quantitiesAt,
} from '../../../lambdas/inventory/domain/ledger/cell.ts';
import { EXPIRED_BUCKETS_PER_CHANGE_MAX } from '../../../lambdas/inventory/domain/ledger/change.ts';
import {
  commitReservation,
  extendReservation,
} from '../../../lambdas/inventory/use-cases/reservations/change-reservation.ts';
import { reserveStock } from '../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { rebalanceStock } from '../../../lambdas/inventory/use-cases/sharding/rebalance-stock.ts';
import { adjustStock } from '../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import {
  aCell,
  adjustCommand,
  aReservation,
  aStockItem,
  context,
  extendCommand,
  NOON_BUCKET,
  reserveCommand,
  seconds,
  stateWith,
} from '../../support/inventory.ts';
import { MemoryStockStore } from '../../support/memory-stock-store.ts';
import { decideReserve } from '../../support/reserve.ts';

const RUNS = 300;
const DAY_SECONDS = 86_400;
/** Time in a bucket of one second, so that several buckets may be within the grace period. */
const NOW = seconds(NOON_BUCKET);

/** Numbers of buckets around the maximum that one change releases. */
const around = (limit: number): number[] => [limit - 1, limit, limit + 1];
const expiredCount = fc.constantFrom(
  0,
  1,
  ...around(EXPIRED_BUCKETS_PER_CHANGE_MAX),
  ...around(2 * EXPIRED_BUCKETS_PER_CHANGE_MAX),
);
const recent = fc.integer({ min: 0, max: EXPIRY_GRACE_SECONDS });
const cellOf = (shard: number): fc.Arbitrary<Cell> =>
  fc
    .record({
      available: fc.integer({ min: 0, max: 3 }),
      expired: expiredCount,
      fresh: recent,
      open: fc.integer({ min: 0, max: 2 }),
      units: fc.constantFrom(0, 1, 2),
    })
    .map(({ available, expired: old, fresh: young, open, units }) => {
      const buckets = [
        ...Array.from({ length: old }, (_, index) => NOON_BUCKET - EXPIRY_GRACE_SECONDS - index),
        ...Array.from({ length: young }, (_, index) => NOON_BUCKET - index),
        ...Array.from({ length: open }, (_, index) => NOON_BUCKET + 1 + index),
      ];
      const held = Object.fromEntries(buckets.map((bucket) => [bucket, units]));
      return aCell({ shard, available, held, expiredThrough: NOON_BUCKET - DAY_SECONDS });
    });
const cells = fc
  .integer({ min: 1, max: 3 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, shard) => cellOf(shard))));

const unitsOf = (all: readonly Cell[]): number =>
  all.reduce((units, cell) => units + quantitiesAt(cell, NOW).available, 0);
const storeWith = (all: readonly Cell[], shardCount = all.length): MemoryStockStore => {
  const store = new MemoryStockStore();
  store.skus.set('tea', aStockItem({ shardCount, openShardCount: all.length }));
  for (const cell of all) store.cells.set(cellIdOf(cell), cell);
  return store;
};
const check = (property: fc.IAsyncProperty<[Cell[]]>) => fc.assert(property, { numRuns: RUNS });
/** Cells with units. */
const stocked = cells.filter((all) => unitsOf(all) > 0);

describe('available units, while about as many buckets have expired as one change can release,', () => {
  test('can all be held', async () => {
    await check(
      fc.asyncProperty(stocked, async (all) => {
        const quantity = unitsOf(all);

        const held = await reserveStock(
          storeWith(all),
          reserveCommand({ now: NOW, lines: [{ sku: 'tea', quantity }] }),
        );

        expect(held).toMatchObject({ ok: true });
      }),
    );
  });

  test('can all be adjusted away', async () => {
    await check(
      fc.asyncProperty(stocked, async (all) => {
        const delta = -unitsOf(all);

        const adjusted = await adjustStock(storeWith(all), adjustCommand({ now: NOW, delta }));

        expect(adjusted).toMatchObject({ ok: true });
      }),
    );
  });

  test('can all be moved to another cell', async () => {
    await check(
      fc.asyncProperty(stocked, async (all) => {
        const store = storeWith(all, 1);

        await rebalanceStock(store, { ...context({ now: NOW }), sku: 'tea' });

        const [first, ...others] = all.map((cell) => store.cells.get(cellIdOf(cell)));
        expect(unitsOf(first === undefined ? [] : [first])).toBe(unitsOf(all));
        expect(unitsOf(others.filter((cell) => cell !== undefined))).toBe(0);
      }),
    );
  });

  test.each([
    [
      'extended',
      'HELD',
      (store) =>
        extendReservation(store, { ...extendCommand({ now: NOW }), reservationId: 'res-1' }),
    ],
    [
      'committed late',
      'COMMITTED',
      (store) => commitReservation(store, { ...context({ now: NOW }), reservationId: 'res-1' }),
    ],
  ] satisfies [string, string, (store: MemoryStockStore) => Promise<unknown>][])(
    'suffice for an expired hold of all of them that is %s',
    async (_case, status, step) => {
      await check(
        fc.asyncProperty(stocked, async (all) => {
          const store = storeWith(all);
          const [first] = all;
          if (first === undefined) return;
          // Its own bucket was released, and its units may be in any account.
          const heldUntil = NOON_BUCKET - DAY_SECONDS;
          const lines = [{ sku: 'tea', locationId: 'main', shard: 0, quantity: unitsOf(all) }];
          store.reservations.set('res-1', aReservation({ heldUntil, lines }));

          expect(await step(store)).toMatchObject({ ok: true, value: { status } });
        }),
      );
    },
  );

  test('are never exceeded by a decision, which never throws', () => {
    fc.assert(
      fc.property(
        cells,
        fc.integer({ min: 1, max: 1_000 }),
        fc.boolean(),
        (all, quantity, isComplete) => {
          const command = reserveCommand({ now: NOW, lines: [{ sku: 'tea', quantity }] });

          const decision = decideReserve(stateWith(all, { isComplete }), command);

          return decision.next !== 'commit' || unitsOf(all) >= quantity;
        },
      ),
      { numRuns: RUNS },
    );
  });
});
