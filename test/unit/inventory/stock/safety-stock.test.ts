import { describe, expect, test } from 'vitest';
import {
  applyCellChange,
  isGuardSatisfied,
} from '../../../../lambdas/inventory/domain/ledger/apply-change.ts';
import { type Cell, homeCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import type { Change } from '../../../../lambdas/inventory/domain/ledger/change.ts';
import { rejectUnconfirmed } from '../../../../lambdas/inventory/domain/ledger/decision.ts';
import { isMergeable } from '../../../../lambdas/inventory/domain/ledger/merge-changes.ts';
import type { StockItem } from '../../../../lambdas/inventory/domain/ledger/stock-item.ts';
import { decideCommit } from '../../../../lambdas/inventory/domain/reservations/commit.ts';
import { decideExtend } from '../../../../lambdas/inventory/domain/reservations/extend.ts';
import { decideRebalance } from '../../../../lambdas/inventory/domain/sharding/rebalance.ts';
import { decideLevel } from '../../../../lambdas/inventory/domain/stock/decide-level.ts';
import {
  decidePatchStock,
  decidePutStock,
} from '../../../../lambdas/inventory/domain/stock/put-stock.ts';
import {
  decideAdjust,
  decideReceive,
} from '../../../../lambdas/inventory/domain/stock/stock-entry.ts';
import { changesLevels } from '../../../../lambdas/inventory/domain/stock/watched-change.ts';
import {
  aCell,
  adjustCommand,
  aLocation,
  aReservation,
  aStockItem,
  changeOf,
  commitCommand,
  context,
  extendCommand,
  HOLD_BUCKET,
  NOON,
  NOON_BUCKET,
  receiveCommand,
  reserveCommand,
  seconds,
  stateWith,
} from '../../../support/inventory.ts';
import { decideReserve } from '../../../support/reserve.ts';

const FLOOR = 4;
const sku = aStockItem({ safetyStock: FLOOR });
const withFloor = (available: number, overrides: Partial<Cell> = {}) =>
  aCell({ available, floor: FLOOR, ...overrides });
const reserveUnits = (quantity: number) => reserveCommand({ lines: [{ sku: 'tea', quantity }] });
/** Floors that the change sets, by location. */
const floorsOf = ({ cells }: Change) =>
  cells.map(({ cell, floor, movements }) => [cell.locationId, floor, movements.length]);
/** Returns the cells after the change. */
const applied = (cells: readonly Cell[], change: Change) =>
  cells.map((cell) => {
    const own = change.cells.find((one) => one.cell.shard === cell.shard);
    return own === undefined ? cell : applyCellChange(cell, own);
  });

describe('the safety stock of a SKU', () => {
  const cells = [aCell({ available: 9 }), aCell({ locationId: 'annex', available: 3 })];
  const before = aStockItem({ locations: ['main', 'annex'] });
  const state = stateWith(cells, { sku: before, locations: [aLocation()] });
  const patch = (safetyStock: StockItem['safetyStock'] | null) =>
    decidePatchStock(state, { ...context(), sku: 'tea', safetyStock });

  test('as a number is the floor of each home cell, and moves nothing', () => {
    const change = changeOf(patch(5));

    expect(floorsOf(change)).toEqual([
      ['main', 5, 0],
      ['annex', 5, 0],
    ]);
    expect(change.stockItem?.after.safetyStock).toBe(5);
  });

  test('by location is the floor of the named locations', () => {
    expect(floorsOf(changeOf(patch({ annex: 2, main: 0 })))).toEqual([['annex', 2, 0]]);
  });

  test('that names an unknown location is rejected', () => {
    expect(patch({ annex: 2, shop: 1 })).toEqual(
      rejectUnconfirmed({ kind: 'unknownLocation', locationIds: ['shop'] }),
    );
    const named = stateWith(cells, { sku: before, locations: [aLocation({ locationId: 'shop' })] });
    const command = { ...context(), sku: 'tea', safetyStock: { annex: 2, shop: 1 } };
    expect(decidePutStock(named, command).next).toBe('commit');
  });

  test.each<[StockItem['safetyStock'] | null]>([[null], [0], [{}]])(
    'is removed by %j from each cell that has one',
    (safetyStock) => {
      const floored = [withFloor(9), aCell({ locationId: 'annex' })];
      const stockItem = aStockItem({ safetyStock: FLOOR, locations: ['main', 'annex'] });
      const patched = decidePatchStock(stateWith(floored, { sku: stockItem }), {
        ...context(),
        sku: 'tea',
        safetyStock,
      });

      expect(floorsOf(changeOf(patched))).toEqual([['main', 0, 0]]);
      expect(applied(floored.slice(0, 1), changeOf(patched))[0]).not.toHaveProperty('floor');
    },
  );

  test('stays with a request that does not name it, and PUT clears it', () => {
    const stockItem = aStockItem({ safetyStock: FLOOR });
    const floored = stateWith([withFloor(9)], { sku: stockItem });
    const named = { ...context(), sku: 'tea', name: 'Tea' };

    expect(changeOf(decidePatchStock(floored, named)).cells).toEqual([]);
    expect(floorsOf(changeOf(decidePutStock(floored, named)))).toEqual([['main', 0, 0]]);
  });

  test('of a new SKU is the floor of its first cell', () => {
    const command = { ...context(), sku: 'tea', safetyStock: { main: 3 } };

    expect(changeOf(decidePutStock(stateWith([]), command)).cells).toMatchObject([
      { isNew: true, floor: 3 },
    ]);
  });

  test.each([
    ['a receipt', decideReceive, receiveCommand({ locationId: 'annex' })],
    ['an adjustment', decideAdjust, adjustCommand({ locationId: 'annex', delta: 2 })],
  ] as const)('is the floor of the cell that %s creates', (_name, decide, command) => {
    const locations = [aLocation()];
    // Each command is the one of its decision.
    const decideEntry = decide as (state: unknown, command: unknown) => never;
    const floorWith = (safetyStock: StockItem['safetyStock']) => {
      const stockItem = { ...aStockItem(), ...(safetyStock === undefined ? {} : { safetyStock }) };
      const { cells: changes } = changeOf(
        decideEntry(stateWith([aCell()], { sku: stockItem, locations }), command),
      );
      return changes.find(({ cell }) => cell.locationId === 'annex')?.floor;
    };

    expect([floorWith(5), floorWith({ annex: 2 }), floorWith({ main: 2 })]).toEqual([
      5,
      2,
      undefined,
    ]);
    expect(floorWith(undefined)).toBeUndefined();
  });
});

describe('a hold', () => {
  test.each([
    [2, 'commit'],
    [3, 'commit'],
    [4, 'reject'],
  ])('of %i of 7 units above a floor of 4: %s', (quantity, next) => {
    expect(decideReserve(stateWith([withFloor(7)], { sku }), reserveUnits(quantity)).next).toBe(
      next,
    );
  });

  test('is rejected with the sellable units', () => {
    const cells = [withFloor(7), aCell({ shard: 1, available: 2 })];

    expect(decideReserve(stateWith(cells, { sku }), reserveUnits(6))).toMatchObject({
      error: { shortages: [{ sku: 'tea', requested: 6, available: 5 }] },
    });
  });

  test('takes the floor of the home cell only, in one cell or in several', () => {
    const cells = [withFloor(7), aCell({ shard: 1, available: 2 })];

    const change = changeOf(decideReserve(stateWith(cells, { sku }), reserveUnits(5)));

    expect(
      change.cells.map(({ cell, available, guard }) => [cell.shard, available, guard]),
    ).toEqual([
      [0, -3, { availableMin: 7, expiredThroughBelow: HOLD_BUCKET, floor: FLOOR }],
      [1, -2, { availableMin: 2, expiredThroughBelow: HOLD_BUCKET }],
    ]);
  });

  test('takes nothing from a cell that has less than its floor', () => {
    const cells = [withFloor(3), aCell({ shard: 1, available: 2 })];

    expect(decideReserve(stateWith(cells, { sku }), reserveUnits(2))).toMatchObject({
      change: { cells: [{ cell: { shard: 1 } }] },
    });
    expect(decideReserve(stateWith(cells, { sku }), reserveUnits(3)).next).toBe('reject');
  });

  test('expires buckets that the floor and the units need', () => {
    const cell = withFloor(3, { held: { [NOON_BUCKET]: 5 }, version: 7 });

    const { cells } = changeOf(decideReserve(stateWith([cell], { sku }), reserveUnits(4)));

    expect(cells).toMatchObject([
      { available: 1, expiredBuckets: [NOON_BUCKET], guard: { availableMin: 3, version: 7 } },
    ]);
    expect(decideReserve(stateWith([cell], { sku }), reserveUnits(5)).next).toBe('reject');
  });

  test.each([
    ['the same floor', 4, true],
    ['a raised floor', 5, false],
    ['a lowered floor', 3, false],
    ['a removed floor', undefined, false],
  ])('is written at %s: %o', (_case, floor, isSatisfied) => {
    const change = changeOf(decideReserve(stateWith([withFloor(9)], { sku }), reserveUnits(2)));
    const { floor: _before, ...cell } = withFloor(9);

    const guard = change.cells[0]?.guard ?? {};

    expect(isGuardSatisfied({ ...cell, ...(floor === undefined ? {} : { floor }) }, guard)).toBe(
      isSatisfied,
    );
  });

  test('in a cell without a floor requires that it still has none', () => {
    const change = changeOf(decideReserve(stateWith([aCell({ available: 9 })]), reserveUnits(2)));
    const guard = change.cells[0]?.guard ?? {};

    expect(guard.floor).toBeNull();
    expect(isGuardSatisfied(aCell({ available: 9 }), guard)).toBe(true);
    expect(isGuardSatisfied(withFloor(9), guard)).toBe(false);
    expect(isMergeable(change)).toBe(false);
  });
});

describe('units that a reservation has already', () => {
  const late = { now: (NOON_BUCKET + 700) * 1000 };
  const reclaimed = (available: number) => withFloor(available, { expiredThrough: HOLD_BUCKET });
  const stateOf = (...cells: readonly Cell[]) =>
    stateWith(cells, { sku, reservation: aReservation() });

  test.each([
    [6, 'reject'],
    [7, 'commit'],
    [8, 'commit'],
  ])('are extended after they were sold again like a new hold (%i units): %s', (units, next) => {
    expect(decideExtend(stateOf(reclaimed(units)), extendCommand(late)).next).toBe(next);
  });

  test('are brought for an extension from above the floor of the home cell', () => {
    const lines = [{ ...homeCellKey('tea'), shard: 1, quantity: 3 }];
    const other = aCell({ shard: 1, available: 0, expiredThrough: HOLD_BUCKET });
    const extend = (available: number) =>
      decideExtend(
        stateWith([reclaimed(available), other], { sku, reservation: aReservation({ lines }) }),
        extendCommand(late),
      );

    expect(extend(6)).toMatchObject({ next: 'reject', error: { kind: 'expired' } });
    expect(extend(7)).toMatchObject({
      next: 'prepare',
      change: { cells: [{ available: -3 }, {}] },
    });
  });

  test('are extended without regard to the floor while they are held', () => {
    const held = withFloor(0, { held: { [HOLD_BUCKET]: 3 } });

    expect(decideExtend(stateOf(held), extendCommand()).next).toBe('commit');
  });

  test.each([
    [2, 'EXPIRED'],
    [3, 'COMMITTED'],
  ])('are committed late from the floor too: with %i units it is %s', (units, status) => {
    expect(decideCommit(stateOf(reclaimed(units)), commitCommand(late))).toMatchObject({
      next: 'commit',
      value: { status },
    });
  });

  test('are brought for a late commit from the floor too', () => {
    const lines = [{ ...homeCellKey('tea'), shard: 1, quantity: 3 }];
    const other = aCell({ shard: 1, available: 0, expiredThrough: HOLD_BUCKET });
    const state = stateWith([reclaimed(3), other], { sku, reservation: aReservation({ lines }) });

    expect(decideCommit(state, commitCommand(late))).toMatchObject({
      next: 'prepare',
      change: { cells: [{ available: -3 }, {}] },
    });
  });
});

describe('the levels', () => {
  test.each([
    [4, 'out'],
    [5, 'low'],
    [8, 'low'],
    [9, 'in'],
  ])('compare what is above the floor with the threshold: %i units', (available, level) => {
    const stockItem = aStockItem({ lowStockThreshold: 5 });
    const facts = { stockItem, cells: [withFloor(available)], locations: new Map() };

    const after = decideLevel(undefined, facts, { now: NOON, showBelow: 0, mayRaise: true });

    expect(after?.total.level ?? 'out').toBe(level);
  });

  test('are checked when a floor changes, and not when nothing else did', () => {
    const changes = (before: Cell, after: Cell) =>
      changesLevels({ kind: 'balance', before, after }, NOON);

    expect(changes(aCell({ available: 9 }), withFloor(9))).toBe(true);
    expect(changes(withFloor(9), withFloor(9))).toBe(false);
  });
});

describe('facts of the shelf', () => {
  test('are adjusted below the floor', () => {
    const change = changeOf(
      decideAdjust(stateWith([withFloor(4)], { sku }), adjustCommand({ delta: -3 })),
    );

    expect(change.cells[0]?.guard).toEqual({ availableMin: 3 });
  });
});

describe('the rebalance of a SKU with a floor', () => {
  const sharded = aStockItem({ shardCount: 3, safetyStock: FLOOR });
  const command = { ...context({ now: seconds(NOON_BUCKET) }), sku: 'tea' };

  /** Rebalances until nothing is left to do, and returns the available units of each cell. */
  function unitsAfter(...units: readonly number[]): number[] {
    let stockItem: StockItem = sharded;
    let cells = units.map((available, shard) =>
      shard === 0 ? withFloor(available) : aCell({ shard, available }),
    );
    for (let step = 0; step < 20; step += 1) {
      const decision = decideRebalance(stateWith(cells, { sku: stockItem }), command);
      if (decision.next !== 'commit') return cells.map(({ available }) => available);
      for (const { cell, guard } of decision.change.cells) {
        const before = cells.find(({ shard }) => shard === cell.shard);
        if (before !== undefined) expect(isGuardSatisfied(before, guard)).toBe(true);
      }
      cells = applied(cells, decision.change);
      stockItem = decision.change.stockItem?.after ?? stockItem;
    }
    throw new Error('the rebalance does not end');
  }

  test.each([
    ['fills the floor before it levels', [0, 5, 5], [6, 2, 2]],
    ['gives all units to a floor that is not full', [0, 2, 1], [3, 0, 0]],
    ['levels what is above the floor', [19, 0, 0], [9, 5, 5]],
    ['takes nothing from below the floor', [4, 0, 0], [4, 0, 0]],
    ['leaves an empty location', [0, 0, 0], [0, 0, 0]],
  ])('%s', (_rule, before, after) => {
    expect(unitsAfter(...before)).toEqual(after);
  });

  test('is written only at the floor that was read', () => {
    const cells = [withFloor(19), aCell({ shard: 1 }), aCell({ shard: 2 })];

    const change = changeOf(decideRebalance(stateWith(cells, { sku: sharded }), command));

    expect(change.cells.map(({ cell, guard }) => [cell.shard, guard.floor])).toEqual([
      [0, FLOOR],
      [1, undefined],
    ]);
  });

  test('consolidates sellable units only', () => {
    const consolidations = [{ locationId: 'main', units: 6, at: command.now }];
    const stockItem = aStockItem({ shardCount: 3, safetyStock: FLOOR, consolidations });
    const cells = [withFloor(6), aCell({ shard: 1, available: 4 }), aCell({ shard: 2 })];

    const change = changeOf(decideRebalance(stateWith(cells, { sku: stockItem }), command));

    expect(applied(cells, change).map(({ available }) => available)).toEqual([4, 6, 0]);
  });
});
