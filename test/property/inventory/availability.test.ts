import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Cell,
  floorOf,
  quantitiesAt,
  sellableUnits,
} from '../../../lambdas/inventory/domain/ledger/cell.ts';
import { CELLS_PER_CHANGE_MAX } from '../../../lambdas/inventory/domain/ledger/change.ts';
import { decideRebalance } from '../../../lambdas/inventory/domain/sharding/rebalance.ts';
import { reportAt } from '../../../lambdas/inventory/domain/stock/stock-of-sku.ts';
import { executeCommand } from '../../../lambdas/inventory/use-cases/execute-command.ts';
import { loadStock } from '../../../lambdas/inventory/use-cases/load-state.ts';
import { reserveStock } from '../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { rebalanceStock } from '../../../lambdas/inventory/use-cases/sharding/rebalance-stock.ts';
import { getStock } from '../../../lambdas/inventory/use-cases/stock/read-stock.ts';
import { patchStock } from '../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import {
  aCell,
  aLocation,
  aStockItem,
  context,
  NOON,
  NOON_BUCKET,
  reserveCommand,
  unwrap,
} from '../../support/inventory.ts';
import { MemoryStockStore } from '../../support/memory-stock-store.ts';

/** Number of histories. `I13_HISTORIES=100000` takes some minutes. */
const HISTORIES = Number(process.env.I13_HISTORIES ?? 1_000);
const LOCATIONS = ['main', 'east', 'shop'] as const;
const SHARDS_MAX = 50;
const UNITS_MAX = 4;

const units = fc.integer({ min: 0, max: UNITS_MAX });
/** Units of a cell: available, in an expired hold, and in a hold that has not expired. */
const cellUnits = fc.tuple(units, fc.oneof(fc.constant(0), units), fc.oneof(fc.constant(0), units));
const history = fc.record({
  locations: fc.integer({ min: 1, max: LOCATIONS.length }),
  shardCount: fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 1, max: 6 }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: SHARDS_MAX }) },
    { weight: 1, arbitrary: fc.constant(SHARDS_MAX) },
  ),
  /** The cells get these in turn. */
  cells: fc.array(cellUnits, { minLength: 1, maxLength: 8 }),
  isEachCellFilled: fc.boolean(),
  safetyStock: fc.oneof(
    fc.constant(null),
    fc.integer({ min: 0, max: 9 }),
    fc.record({
      main: fc.integer({ min: 0, max: 9 }),
      east: fc.integer({ min: 0, max: 9 }),
      shop: fc.integer({ min: 0, max: 9 }),
    }),
  ),
  rebalances: fc.integer({ min: 0, max: 3 }),
  isEastActive: fc.boolean(),
  shipsFromShop: fc.boolean(),
});
type History = typeof history extends fc.Arbitrary<infer Value> ? Value : never;

/** Returns a book with the cells, the safety stock, and some steps of a rebalance. */
async function bookOf(one: History): Promise<MemoryStockStore> {
  const store = new MemoryStockStore();
  const locations = LOCATIONS.slice(0, one.locations);
  const { shardCount } = one;
  store.skus.set('tea', aStockItem({ shardCount, locations }));
  store.locations.set('east', aLocation({ locationId: 'east', active: one.isEastActive }));
  store.locations.set('shop', aLocation({ locationId: 'shop', ships: one.shipsFromShop }));
  let turn = 0;
  for (const locationId of locations)
    for (let shard = 0; shard < shardCount; shard += 1) {
      const [available = 0, expired = 0, held = 0] = one.cells[turn % one.cells.length] ?? [];
      turn += 1;
      const cell = aCell({
        locationId,
        shard,
        available: available + (one.isEachCellFilled ? 1 : 0),
        held: { [NOON_BUCKET - 60]: expired, [NOON_BUCKET + 60]: held },
      });
      store.cells.set(`tea#${locationId}#${shard}`, cell);
    }
  unwrap(
    await patchStock(store, {
      ...context(),
      sku: 'tea',
      safetyStock: one.safetyStock,
      name: 'Tea',
    }),
  );
  for (let step = 0; step < one.rebalances; step += 1)
    await executeCommand(store, {
      context: context(),
      read: () => loadStock(store, 'tea'),
      decide: (state) => decideRebalance(state, { ...context(), sku: 'tea' }),
    });
  return store;
}

/** Returns the locations from which a request without a location takes units. */
const sourcedLocations = ({ isEastActive, shipsFromShop }: History): readonly string[] => [
  'main',
  ...(isEastActive ? ['east'] : []),
  ...(shipsFromShop ? ['shop'] : []),
];
const cellsAt = (store: MemoryStockStore, places: readonly string[]): Cell[] =>
  [...store.cells.values()].filter(({ locationId }) => places.includes(locationId));
const reserve = (store: MemoryStockStore, reservationId: string, quantity: number) =>
  reserveStock(
    store,
    reserveCommand({
      reservationId,
      lines: [{ sku: 'tea', quantity }],
      fingerprint: reservationId,
    }),
  );

/** Returns the sellable units at the locations, as `GET /stock` shows them. */
async function readSellable(store: MemoryStockStore, places: readonly string[]): Promise<number> {
  return reportAt(unwrap(await getStock(store, 'tea')), NOON)
    .locations.filter(({ locationId }) => places.includes(locationId))
    .reduce((sum, { sellable }) => sum + sellable, 0);
}

let fragmented = 0;
let floored = 0;

test('what availability calls sellable can be held, to the floors, and not one unit more', async () => {
  await fc.assert(
    fc.asyncProperty(history, async (one) => {
      const store = await bookOf(one);
      const places = sourcedLocations(one);
      const sellable = await readSellable(store, places);
      const before = new Map(
        cellsAt(store, places).map((cell) => [cell, sellableUnits(cell, NOON)]),
      );
      const cellsNeeded = [...before.values()].filter((left) => left > 0).length;

      expect(await reserve(store, 'more', sellable + 1)).toMatchObject({
        ok: false,
        error: {
          kind: 'insufficientStock',
          shortages: [{ sku: 'tea', requested: sellable + 1, available: sellable }],
        },
      });
      if (sellable === 0) return;
      const others = [...store.cells.values()].filter((cell) => !before.has(cell));
      let held = await reserve(store, 'all', sellable);
      if (cellsNeeded > CELLS_PER_CHANGE_MAX) {
        fragmented += 1;
        expect(held).toMatchObject({
          ok: false,
          error: { kind: 'stockTooFragmented', cellsNeeded, cellsMax: CELLS_PER_CHANGE_MAX },
        });
        // While one location is brought together, another one may be levelled over more cells. So
        // each location may need its own request.
        for (let retry = 0; retry < places.length && !held.ok; retry += 1) {
          await rebalanceStock(store, { ...context(), sku: 'tea' });
          // It fills floors too, and these units cannot be sold any more.
          const left = await readSellable(store, places);
          if (left === 0) return;
          held = await reserve(store, 'all', left);
        }
      } else {
        for (const [{ locationId, shard }, left] of before) {
          const taken = unwrap(held).reservation.lines.find(
            (line) => line.locationId === locationId && line.shard === shard,
          );
          expect(taken?.quantity ?? 0).toBe(left);
        }
      }
      expect(held.ok).toBe(true);
      for (const cell of cellsAt(store, places)) {
        expect(sellableUnits(cell, NOON)).toBe(0);
        expect(quantitiesAt(cell, NOON).available).toBeLessThanOrEqual(floorOf(cell));
      }
      if (cellsNeeded <= CELLS_PER_CHANGE_MAX)
        expect([...store.cells.values()]).toEqual(expect.arrayContaining(others));
      const home = store.cells.get('tea#main#0');
      if (home !== undefined && floorOf(home) > 0) floored += 1;
      expect(await reserve(store, 'one', 1)).toMatchObject({ ok: false });
    }),
    { numRuns: HISTORIES },
  );

  expect(fragmented).toBeGreaterThan(HISTORIES / 100);
  expect(floored).toBeGreaterThan(HISTORIES / 10);
});
