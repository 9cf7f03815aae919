import { describe, expect, test } from 'vitest';
import { mainCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { reject } from '../../../../lambdas/inventory/domain/ledger/decision.ts';
import {
  decideCount,
  type PostCount,
} from '../../../../lambdas/inventory/domain/stock/count-stock.ts';
import { fingerprintOfCount } from '../../../../lambdas/inventory/use-cases/audit/repair-stock.ts';
import {
  aCell,
  aStockItem,
  changeOf,
  context,
  NOON,
  seconds,
  stateWith,
} from '../../../support/inventory.ts';

const countCommand = (overrides: Partial<PostCount> = {}): PostCount => ({
  ...context(),
  operationId: 'count-2',
  fingerprint: 'print-1',
  cell: mainCellKey('tea'),
  counted: 8,
  countedAt: NOON,
  expected: 10,
  delta: -2,
  lastCountId: undefined,
  lastAdjustmentId: undefined,
  findingId: undefined,
  reference: undefined,
  ...overrides,
});
const lastCount = {
  countId: 'count-1',
  countedAt: NOON - seconds(60),
  counted: 10,
  expected: 10,
  postedAt: NOON,
  by: 'alice',
};

test.each([
  ['another person', { by: 'bob' }, true],
  ['another number', { counted: 7 }, false],
  ['another finding', { findingId: 'fnd-2' }, false],
])('a count that is repeated with %s is the same request: %3$s', (_what, change, isSame) => {
  const count = {
    countId: 'count-1',
    sku: 'tea',
    locationId: 'main',
    counted: 8,
    countedAt: '2026-01-01T12:00:00.000Z',
    expected: 10,
    delta: -2,
    findingId: 'fnd-1',
    by: 'alice',
  };

  expect(fingerprintOfCount({ ...count, ...change }) === fingerprintOfCount(count)).toBe(isSame);
});

describe('a count', () => {
  test('posts its difference, guarded by the last count, and becomes the last count', () => {
    const state = stateWith([aCell({ available: 10, lastCount })], { sku: aStockItem() });

    const [cell] = changeOf(decideCount(state, countCommand({ lastCountId: 'count-1' }))).cells;

    expect(cell).toMatchObject({
      available: -2,
      guard: { lastCountId: 'count-1' },
      count: { countId: 'count-2' },
    });
  });

  test.each([
    ['older than', -seconds(1)],
    ['as old as', 0],
  ])('that is %s the last count moves nothing', (_case, after) => {
    const cell = aCell({ available: 10, lastCount });
    const countedAt = lastCount.countedAt + after;

    const decision = decideCount(
      stateWith([cell], { sku: aStockItem() }),
      countCommand({ lastCountId: 'count-1', countedAt }),
    );

    expect(decision).toMatchObject(
      reject({
        kind: 'superseded',
        lastCount: { countId: 'count-1', countedAt: '2026-01-01T11:59:00.000Z' },
      }),
    );
  });

  test('is posted when it is a millisecond later than the last count', () => {
    const state = stateWith([aCell({ available: 10, lastCount })], { sku: aStockItem() });
    const countedAt = lastCount.countedAt + 1;

    const [cell] = changeOf(
      decideCount(state, countCommand({ lastCountId: 'count-1', countedAt })),
    ).cells;

    expect(cell).toMatchObject({ available: -2, count: { countedAt } });
  });

  const lastAdjustment = {
    movementId: 'adjustment-1.1',
    at: NOON - seconds(30),
    delta: -1,
    reason: 'shrinkage' as const,
    by: 'bob',
  };

  test.each([
    ['a manual adjustment was entered since', lastAdjustment, undefined],
    ['another manual adjustment was entered since', lastAdjustment, 'adjustment-0.1'],
  ])(
    'is rejected when %s, because that may include the difference already',
    (_why, last, lastAdjustmentId) => {
      const cell = aCell({ available: 10, lastAdjustment: last });

      expect(
        decideCount(stateWith([cell], { sku: aStockItem() }), countCommand({ lastAdjustmentId })),
      ).toMatchObject(reject({ kind: 'versionConflict' }));
    },
  );

  test('is guarded by the last manual adjustment', () => {
    const state = stateWith([aCell({ available: 10, lastAdjustment })], { sku: aStockItem() });

    const [read] = changeOf(
      decideCount(state, countCommand({ lastAdjustmentId: 'adjustment-1.1' })),
    ).cells;
    const [none] = changeOf(
      decideCount(stateWith([aCell({ available: 10 })], { sku: aStockItem() }), countCommand()),
    ).cells;

    expect(read?.guard).toMatchObject({ lastAdjustmentId: 'adjustment-1.1', lastCountId: null });
    expect(none?.guard).toMatchObject({ lastAdjustmentId: null, lastCountId: null });
  });

  test.each([
    ['another count was posted since', lastCount, undefined],
    ['the last count is another one', lastCount, 'count-0'],
    ['the last count is gone', undefined, 'count-1'],
  ])(
    'is rejected when %s: the book may include its difference already',
    (_why, last, lastCountId) => {
      const cell = aCell({ available: 10, ...(last === undefined ? {} : { lastCount: last }) });

      expect(
        decideCount(stateWith([cell], { sku: aStockItem() }), countCommand({ lastCountId })),
      ).toMatchObject(reject({ kind: 'versionConflict' }));
    },
  );

  const cellsOf = (first: number, second: number) => [
    aCell({ available: first }),
    aCell({ shard: 1, available: second }),
  ];
  const decide = (...cells: readonly [number, number]) =>
    decideCount(
      stateWith(cellsOf(...cells), { sku: aStockItem({ shardCount: 2 }) }),
      countCommand(),
    );

  test('takes missing units out of the home cell', () => {
    expect(changeOf(decide(2, 2)).cells).toMatchObject([
      { cell: mainCellKey('tea'), available: -2 },
    ]);
  });

  test('brings the units that the home cell lacks there first', () => {
    const decision = decide(1, 2);

    expect(decision).toMatchObject({ next: 'prepare' });
    expect(decision.next === 'prepare' && decision.change.cells).toMatchObject([
      { cell: { shard: 1 }, available: -1 },
      { cell: { shard: 0 }, available: 1 },
    ]);
  });

  test('is rejected when all cells together have one unit too few', () => {
    expect(decide(1, 0)).toMatchObject(
      reject({
        kind: 'insufficientStock',
        shortages: [{ sku: 'tea', requested: 2, available: 1 }],
      }),
    );
  });
});
