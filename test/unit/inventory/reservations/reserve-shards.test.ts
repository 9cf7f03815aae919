import { describe, expect, test } from 'vitest';
import { toTransaction as toOneTransaction } from '../../../../lambdas/inventory/adapters/change-to-transaction.ts';
import { type Cell, mainCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import {
  CELLS_PER_CHANGE_MAX,
  type Change,
} from '../../../../lambdas/inventory/domain/ledger/change.ts';
import { reject, rejectUnconfirmed } from '../../../../lambdas/inventory/domain/ledger/decision.ts';
import {
  planTransfer,
  TRANSFER_SOURCES_MAX,
} from '../../../../lambdas/inventory/domain/ledger/transfer.ts';
import { decideCommit } from '../../../../lambdas/inventory/domain/reservations/commit.ts';
import { decideRelease } from '../../../../lambdas/inventory/domain/reservations/release.ts';
import { decideShip } from '../../../../lambdas/inventory/domain/reservations/ship.ts';
import { toReservationView } from '../../../../lambdas/inventory/presenters/stock-views.ts';
import {
  aCell,
  aReservation,
  aStockItem,
  changeOf,
  commitCommand,
  commitOf,
  context,
  HOLD_BUCKET,
  NOON,
  reserveCommand,
  stateWith,
} from '../../../support/inventory.ts';
import { decideReserve } from '../../../support/reserve.ts';

const toTransaction = (change: Change, tableName: string) => toOneTransaction([change], tableName);
const cellsOf = (units: readonly number[], sku = 'tea') =>
  units.map((available, shard) => aCell({ sku, shard, available }));
const all = (count: number, units = 1) => Array<number>(count).fill(units);
const reserveUnits = (quantity: number, sku = 'tea') =>
  reserveCommand({ lines: [{ sku, quantity }] });
const stateOf = (...cells: readonly Cell[]) => {
  const skus = [...new Set(cells.map(({ sku }) => sku))].map(
    (sku) => [sku, aStockItem({ sku, shardCount: 50, version: 3 })] as const,
  );
  return stateWith(cells, { skus: new Map(skus) });
};
const moves = (change: Change | undefined) =>
  change?.cells.map(({ cell, available }) => [cell.sku, cell.shard, available]);

describe('a quantity that no single cell has', () => {
  test('is held in several cells by one change, with a guard for each', () => {
    const decision = decideReserve(stateOf(...cellsOf([2, 5, 3])), reserveUnits(9));

    const change = changeOf(decision);
    expect(commitOf(decision).value.reservation.lines).toEqual([
      { ...mainCellKey('tea'), shard: 1, quantity: 5 },
      { ...mainCellKey('tea'), shard: 2, quantity: 3 },
      { ...mainCellKey('tea'), shard: 0, quantity: 1 },
    ]);
    expect(
      change.cells.map(({ cell, available, held, guard }) => [cell.shard, available, held, guard]),
    ).toEqual([
      [1, -5, { [HOLD_BUCKET]: 5 }, { availableMin: 5, expiredThroughBelow: HOLD_BUCKET }],
      [2, -3, { [HOLD_BUCKET]: 3 }, { availableMin: 3, expiredThroughBelow: HOLD_BUCKET }],
      [
        0,
        -1,
        { [HOLD_BUCKET]: 1 },
        { availableMin: 1, expiredThroughBelow: HOLD_BUCKET, floor: null },
      ],
    ]);
    expect(
      change.cells.flatMap(({ movements }) => movements.map(({ movementId }) => movementId)),
    ).toEqual(['res-1.reserve.1', 'res-1.reserve.2', 'res-1.reserve.3']);
  });

  test('is shown as one line', () => {
    const { reservation } = commitOf(
      decideReserve(stateOf(...cellsOf([2, 5, 3])), reserveUnits(9)),
    ).value;

    expect(toReservationView(reservation, NOON).lines).toEqual([
      { sku: 'tea', locationId: 'main', quantity: 9 },
    ]);
  });

  test('is not taken from a sample of the cells', () => {
    expect(
      decideReserve({ ...stateOf(...cellsOf([2, 5])), isComplete: false }, reserveUnits(6)),
    ).toEqual({ next: 'readAll' });
  });

  test.each([
    ['one less than all cells have', 9, true],
    ['as many as all cells have', 10, true],
    ['one more than all cells have', 11, false],
  ])('is held or rejected by the units of all cells: %s', (_case, quantity, ok) => {
    const decision = decideReserve(stateOf(...cellsOf([2, 5, 3])), reserveUnits(quantity));

    expect(decision.next === 'commit').toBe(ok);
    if (!ok)
      expect(decision).toMatchObject(
        reject({
          kind: 'insufficientStock',
          shortages: [{ sku: 'tea', requested: 11, available: 10 }],
        }),
      );
  });

  test('expires in one bucket, past the watermark of each cell', () => {
    const cells = [
      aCell({ available: 1 }),
      aCell({ shard: 1, available: 1, expiredThrough: HOLD_BUCKET }),
    ];

    const change = changeOf(decideReserve(stateOf(...cells), reserveUnits(2)));

    expect(change.cells.map(({ held }) => held)).toEqual([
      { [HOLD_BUCKET + 60]: 1 },
      { [HOLD_BUCKET + 60]: 1 },
    ]);
  });
});

describe('a reservation in several cells', () => {
  const lines = [1, 2].map((quantity, shard) => ({ ...mainCellKey('tea'), shard, quantity }));
  const held = aReservation({ lines });
  const heldCells = lines.map(({ shard, quantity }) =>
    aCell({ shard, held: { [HOLD_BUCKET]: quantity } }),
  );

  test('is committed in all of them', () => {
    const change = changeOf(
      decideCommit(stateWith(heldCells, { reservation: held }), commitCommand()),
    );

    expect(
      change.cells.map(({ cell, committed, held: taken }) => [cell.shard, committed, taken]),
    ).toEqual([
      [0, 1, { [HOLD_BUCKET]: -1 }],
      [1, 2, { [HOLD_BUCKET]: -2 }],
    ]);
  });

  test('is released in all of them, except where its bucket has expired', () => {
    const [first, second] = heldCells;
    const released = {
      ...second,
      ...aCell({ shard: 1, available: 2, expiredThrough: HOLD_BUCKET }),
    };
    const state = stateWith([first ?? aCell(), released], { reservation: held });

    const change = changeOf(decideRelease(state, commitCommand()));

    expect(moves(change)).toEqual([['tea', 0, 1]]);
  });

  test('is shipped from all of them', () => {
    const cells = lines.map(({ shard, quantity }) => aCell({ shard, committed: quantity }));
    const reservation = aReservation({ lines, status: 'COMMITTED' });

    const change = changeOf(decideShip(stateWith(cells, { reservation }), commitCommand()));

    expect(change.cells.map(({ cell, committed }) => [cell.shard, committed])).toEqual([
      [0, -1],
      [1, -2],
    ]);
  });
});

describe('a request that needs more cells than one change can write', () => {
  const tooMany = (cells: number, ...toConsolidate: readonly [string, number][]) =>
    rejectUnconfirmed({
      kind: 'stockTooFragmented',
      cellsNeeded: cells,
      cellsMax: CELLS_PER_CHANGE_MAX,
      toConsolidate: toConsolidate.map(([sku, quantity]) => ({
        sku,
        locationId: 'main',
        quantity,
      })),
    });

  test.each([
    [CELLS_PER_CHANGE_MAX - 1, true],
    [CELLS_PER_CHANGE_MAX, true],
    [CELLS_PER_CHANGE_MAX + 1, false],
  ])('is rejected: %i cells with one unit each', (count, ok) => {
    const decision = decideReserve(stateOf(...cellsOf(all(count))), reserveUnits(count));

    expect(decision.next === 'commit').toBe(ok);
    if (!ok) expect(decision).toEqual(tooMany(count, ['tea', count]));
  });

  test('counts the cells of all lines, and names the widest lines to consolidate', () => {
    const cells = [...cellsOf(all(20)), ...cellsOf(all(30), 'cup'), ...cellsOf([9], 'pot')];
    const lines = [
      { sku: 'tea', quantity: 20 },
      { sku: 'cup', quantity: 30 },
      { sku: 'pot', quantity: 2 },
    ];

    expect(decideReserve(stateOf(...cells), reserveCommand({ lines }))).toEqual(
      tooMany(51, ['cup', 30]),
    );
  });

  test.each([
    ['leaves 48', 24, 24, 1],
    ['leaves 49', 25, 24, 1],
    ['leaves 50', 25, 25, 2],
  ])('names as many lines as necessary when one %s cells', (_case, cup, pot, count) => {
    // The widest line has 26 cells, of which one stays.
    const counts = Object.entries({ tea: 26, cup: cup - 1, pot }).map(([sku, cells]) => ({
      sku,
      cells,
    }));
    const cells = counts.flatMap((one) => cellsOf(all(one.cells), one.sku));
    const lines = counts.map((one) => ({ sku: one.sku, quantity: one.cells }));

    const decision = decideReserve(stateOf(...cells), reserveCommand({ lines }));

    const toConsolidate = [...counts].sort((a, b) => b.cells - a.cells).slice(0, count);
    expect(decision).toEqual(
      tooMany(
        25 + cup + pot,
        ...toConsolidate.map((one): [string, number] => [one.sku, one.cells]),
      ),
    );
  });

  test('is rejected for insufficient stock first, and replayed if it was served before', () => {
    const cells = cellsOf(all(50));

    expect(decideReserve(stateOf(...cells), reserveUnits(51))).toMatchObject({
      error: { kind: 'insufficientStock' },
    });
    expect(
      decideReserve({ ...stateOf(...cells), reservation: aReservation() }, reserveUnits(50)).next,
    ).toBe('replay');
  });

  test('with the maximum number of cells is one transaction, and so is each step', () => {
    const cells = cellsOf(all(CELLS_PER_CHANGE_MAX));
    const decision = decideReserve(stateOf(...cells), reserveUnits(CELLS_PER_CHANGE_MAX));
    const { reservation } = commitOf(decision).value;
    const committed = cells.map(({ shard }) => aCell({ shard, committed: 1 }));

    const ship = decideShip(
      stateWith(committed, { reservation: { ...reservation, status: 'COMMITTED' } }),
      commitCommand(),
    );

    expect(toTransaction(changeOf(decision), 'inventory')).toHaveLength(99);
    expect(toTransaction(changeOf(ship), 'inventory')).toHaveLength(99);
  });

  test('can be consolidated by a transfer from the maximum number of cells in one transaction', () => {
    const sources = cellsOf(all(TRANSFER_SOURCES_MAX + 1)).map((cell) => ({ cell, quantity: 1 }));
    const to = { to: { ...mainCellKey('tea'), shard: 49 }, creates: false };

    const change = planTransfer(aStockItem(), to, sources, context());

    expect(change && toTransaction(change, 'inventory')).toHaveLength(84);
  });
});
