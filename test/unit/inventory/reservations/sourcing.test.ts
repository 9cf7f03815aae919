import { describe, expect, test } from 'vitest';
import { type Cell, cellIdOf } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { CELLS_PER_CHANGE_MAX } from '../../../../lambdas/inventory/domain/ledger/change.ts';
import type { SourcedDemand } from '../../../../lambdas/inventory/domain/reservations/candidates.ts';
import {
  sourceDemands,
  sourceFromSample,
} from '../../../../lambdas/inventory/domain/reservations/sourcing.ts';
import { toReservationView } from '../../../../lambdas/inventory/presenters/stock-views.ts';
import {
  aCell,
  commitOf,
  NOON,
  NOON_BUCKET,
  reserveCommand,
  stateWith,
} from '../../../support/inventory.ts';
import { aDemand, decideReserve } from '../../../support/reserve.ts';

const ORDER = ['east', 'main', 'west'];
/** Returns cells: units by shard, by location, by SKU. */
const cellsOf = (
  stock: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>,
): Cell[] =>
  Object.entries(stock).flatMap(([sku, at]) =>
    Object.entries(at).flatMap(([locationId, units]) =>
      units.map((available, shard) => aCell({ sku, locationId, shard, available })),
    ),
  );
const demand = (sku: string, quantity: number, split = true) =>
  aDemand(quantity, sku, ORDER, split);
const source = (demands: readonly SourcedDemand[], cells: readonly Cell[], order = ORDER) =>
  sourceDemands({ demands, order }, new Map(cells.map((cell) => [cellIdOf(cell), cell])), NOON);
const takenOf = (sourcing: ReturnType<typeof source>) =>
  sourcing.kind === 'sourced'
    ? sourcing.allocations.map(({ cell, quantity }) => `${quantity} ${cellIdOf(cell)}`)
    : sourcing;

describe('all lines of a request', () => {
  test('come from the first location that has every line', () => {
    const cells = cellsOf({
      tea: { east: [9], main: [3], west: [9] },
      cup: { east: [0], main: [2], west: [9] },
    });

    expect(takenOf(source([demand('tea', 3), demand('cup', 2)], cells))).toEqual([
      '3 tea#main#0',
      '2 cup#main#0',
    ]);
  });

  test.each([
    ['one unit less than the line', 2, ['3 tea#main#0']],
    ['as many as the line', 3, ['3 tea#east#0']],
    ['one unit more than the line', 4, ['3 tea#east#0']],
  ])('need it whole there: %s', (_case, units, taken) => {
    const cells = cellsOf({ tea: { east: [units], main: [9] } });

    expect(takenOf(source([demand('tea', 3)], cells))).toEqual(taken);
  });

  test('come else from the location that has most of them whole, and the rest from the next', () => {
    const cells = cellsOf({
      tea: { east: [9], main: [0], west: [9] },
      cup: { east: [0], main: [9], west: [9] },
      pot: { east: [9], main: [9], west: [0] },
      jug: { east: [0], main: [9], west: [0] },
    });
    const lines = ['tea', 'cup', 'pot', 'jug'].map((sku) => demand(sku, 2));

    expect(takenOf(source(lines, cells))).toEqual([
      '2 cup#main#0',
      '2 pot#main#0',
      '2 jug#main#0',
      '2 tea#east#0',
    ]);
  });

  test('prefer the first of two locations with as many of them', () => {
    const cells = cellsOf({
      tea: { main: [9], west: [9] },
      cup: { main: [0], west: [0], east: [9] },
    });

    expect(takenOf(source([demand('tea', 2), demand('cup', 2)], cells))).toEqual([
      '2 cup#east#0',
      '2 tea#main#0',
    ]);
  });

  test('are not taken from a location that is no candidate', () => {
    const cells = cellsOf({ tea: { annex: [9], main: [1] } });

    expect(takenOf(source([demand('tea', 2)], cells))).toEqual({
      kind: 'short',
      shortages: [
        {
          sku: 'tea',
          requested: 2,
          available: 1,
          at: [
            { locationId: 'east', available: 0 },
            { locationId: 'main', available: 1 },
            { locationId: 'west', available: 0 },
          ],
        },
      ],
    });
  });
});

describe('a line that no location has whole', () => {
  const cells = cellsOf({ tea: { east: [1, 1], main: [5], west: [3] } });

  test('is split: most units first, and the fewest locations', () => {
    expect(takenOf(source([demand('tea', 8)], cells))).toEqual(['5 tea#main#0', '3 tea#west#0']);
  });

  test.each([
    ['one unit less than all locations have', 9, true],
    ['as many as all locations have', 10, true],
    ['one unit more than all locations have', 11, false],
  ])('is held or rejected by the units of all locations: %s', (_case, quantity, isSourced) => {
    const { kind } = source([demand('tea', quantity)], cells);

    expect(kind).toBe(isSourced ? 'sourced' : 'short');
  });

  test.each([
    [5, 'sourced'],
    [6, 'short'],
  ])('and may not be split is held or rejected by the fullest location: %i', (quantity, kind) => {
    const sourcing = source([demand('tea', quantity, false)], cells);

    expect(sourcing.kind).toBe(kind);
    if (sourcing.kind === 'short')
      expect(sourcing.shortages).toMatchObject([{ requested: 6, available: 5 }]);
  });

  test('may be split over cells of one location, even if it may not over locations', () => {
    const stock = cellsOf({ tea: { main: [4], west: [3, 3] } });

    expect(takenOf(source([demand('tea', 5, false)], stock))).toEqual([
      '3 tea#west#0',
      '2 tea#west#1',
    ]);
  });

  test('counts expired holds as units of their location', () => {
    const expired = aCell({ locationId: 'west', held: { [NOON_BUCKET]: 4 } });

    expect(
      takenOf(source([demand('tea', 9)], [...cellsOf({ tea: { main: [5] } }), expired])),
    ).toEqual(['5 tea#main#0', '4 tea#west#0']);
  });
});

describe('a request whose preferred choice needs too many cells', () => {
  const all = (count: number) => Array<number>(count).fill(1);

  test.each([
    [CELLS_PER_CHANGE_MAX - 1, 'sourced'],
    [CELLS_PER_CHANGE_MAX, 'sourced'],
    [CELLS_PER_CHANGE_MAX + 1, 'tooManyCells'],
  ])('is held up to the limit: %i cells with one unit', (count, kind) => {
    const half = Math.floor(count / 2);
    const cells = cellsOf({ tea: { main: all(half), west: all(count - half) } });

    expect(source([demand('tea', count)], cells).kind).toBe(kind);
  });

  test('takes the fullest cells of all locations instead', () => {
    const cells = cellsOf({ tea: { east: all(50), main: [30, 10], west: [30] } });

    expect(takenOf(source([demand('tea', 50)], cells))).toEqual(['30 tea#main#0', '20 tea#west#0']);
  });

  test('and may not be split takes the location with the fewest cells', () => {
    const cells = cellsOf({ tea: { east: all(50), main: [20, 20], west: [20, 20, 20] } });

    expect(takenOf(source([demand('tea', 50, false)], cells))).toEqual([
      '20 tea#west#0',
      '20 tea#west#1',
      '10 tea#west#2',
    ]);
  });

  test('names the SKUs and locations to consolidate, widest first, and no more than necessary', () => {
    const cells = cellsOf({ tea: { east: all(20), west: all(26) }, cup: { main: all(6) } });

    expect(source([demand('tea', 46), demand('cup', 6)], cells)).toEqual({
      kind: 'tooManyCells',
      cellsNeeded: 52,
      toConsolidate: [{ sku: 'tea', locationId: 'west', quantity: 26 }],
    });
  });
});

describe('a sample', () => {
  const sample = (demands: readonly SourcedDemand[], cells: readonly Cell[]) =>
    sourceFromSample(
      { demands, order: ORDER },
      new Map(cells.map((cell) => [cellIdOf(cell), cell])),
      NOON,
    )?.map(({ cell, quantity }) => `${quantity} ${cellIdOf(cell)}`);

  test.each([
    [2, undefined],
    [3, ['3 tea#main#1']],
  ])('serves a line from one cell or not at all: %i units in it', (units, taken) => {
    expect(sample([demand('tea', 3)], cellsOf({ tea: { main: [1, units] } }))).toEqual(taken);
  });

  test('serves all lines or none', () => {
    const cells = cellsOf({ tea: { main: [9] }, cup: { main: [1] } });

    expect(sample([demand('tea', 3), demand('cup', 2)], cells)).toBeUndefined();
  });
});

describe('issues of other systems', () => {
  test('Medusa #14987: a quantity that two locations have together is held at both', () => {
    const cells = cellsOf({ tea: { main: [5], west: [5] } });

    expect(takenOf(source([demand('tea', 7)], cells))).toEqual(['5 tea#main#0', '2 tea#west#0']);
  });

  test('Magento MSI #3232: a reservation has the source of its units when it is made', () => {
    const lines = [{ sku: 'tea', quantity: 7 }];
    const state = stateWith(cellsOf({ tea: { main: [5], west: [5] } }));

    const { reservation } = commitOf(decideReserve(state, reserveCommand({ lines }))).value;

    expect(toReservationView(reservation, NOON).lines).toEqual([
      { sku: 'tea', locationId: 'main', quantity: 5 },
      { sku: 'tea', locationId: 'west', quantity: 2 },
    ]);
  });

  test('Saleor #12888: a caller names the warehouse of each line', () => {
    const cells = cellsOf({ tea: { main: [9], west: [9] }, cup: { main: [9], east: [9] } });
    const lines = [aDemand(2, 'tea', ['west']), aDemand(1, 'cup', ['east'])];

    expect(takenOf(source(lines, cells))).toEqual(['1 cup#east#0', '2 tea#west#0']);
  });
});
