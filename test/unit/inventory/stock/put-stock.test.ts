import { describe, expect, test } from 'vitest';
import { reject } from '../../../../lambdas/inventory/domain/ledger/decision.ts';
import {
  decidePatchStock,
  decidePutStock,
} from '../../../../lambdas/inventory/domain/stock/put-stock.ts';
import {
  aCell,
  aCellChange,
  aStockItem,
  commitOf,
  context,
  NOON,
  seconds,
  stateWith,
} from '../../../support/inventory.ts';

const putCommand = { ...context(), sku: 'tea' };

test('the first settings of a SKU create the SKU and its empty main cell', () => {
  const decision = decidePutStock(stateWith([]), {
    ...putCommand,
    name: 'Tea',
    lowStockThreshold: 5,
  });

  const sku = aStockItem({ name: 'Tea', lowStockThreshold: 5, correlationId: 'corr-1' });
  expect(decision).toEqual({
    next: 'commit',
    value: { stockItem: sku, isNew: true },
    change: {
      operationId: 'tea.settings.1',
      at: NOON,
      correlationId: 'corr-1',
      cells: [aCellChange({ isNew: true })],
      stockItem: { after: sku, expectedVersion: undefined },
    },
  });
});

test('settings need neither a name nor a threshold', () => {
  const { value } = commitOf(decidePutStock(stateWith([]), putCommand));

  expect(value).toEqual({ stockItem: aStockItem({ correlationId: 'corr-1' }), isNew: true });
});

test('settings replace earlier settings and change no cell', () => {
  const before = aStockItem({
    name: 'Tea',
    lowStockThreshold: 5,
    locations: ['main', 'annex'],
    version: 3,
  });
  const now = NOON + seconds(60);

  const decision = decidePutStock(stateWith([aCell()], { sku: before }), {
    ...putCommand,
    now,
    name: 'Green tea',
    lowStockThreshold: 8,
  });

  const after = {
    ...before,
    name: 'Green tea',
    lowStockThreshold: 8,
    version: 4,
    updatedAt: '2026-01-01T12:01:00.000Z',
    correlationId: 'corr-1',
  };
  expect(decision).toEqual({
    next: 'commit',
    value: { stockItem: after, isNew: false },
    change: {
      operationId: 'tea.settings.4',
      at: now,
      correlationId: 'corr-1',
      cells: [],
      stockItem: { after, expectedVersion: 3 },
    },
  });
});

test('a setting that is left out is removed', () => {
  const sku = aStockItem({ name: 'Tea', lowStockThreshold: 5 });

  const { value } = commitOf(decidePutStock(stateWith([aCell()], { sku }), putCommand));

  expect(value.stockItem).not.toHaveProperty('name');
  expect(value.stockItem).not.toHaveProperty('lowStockThreshold');
});

test('a threshold of 0 is stored', () => {
  const { value } = commitOf(
    decidePutStock(stateWith([]), { ...putCommand, lowStockThreshold: 0 }),
  );

  expect(value.stockItem.lowStockThreshold).toBe(0);
});

test.each([
  [
    'without a count, they stay',
    undefined,
    4,
    { shardCount: 4, openShardCount: 6, peakShardCount: 8 },
  ],
  [
    'a lower count leaves cells open',
    2,
    4,
    { shardCount: 2, openShardCount: 6, peakShardCount: 8 },
  ],
  [
    'a count equal to the open cells',
    6,
    4,
    { shardCount: 6, openShardCount: 6, peakShardCount: 8 },
  ],
  ['a count above the open cells', 7, 4, { shardCount: 7, openShardCount: 7, peakShardCount: 8 }],
  ['a count above the peak', 9, 4, { shardCount: 9, openShardCount: 9, peakShardCount: 9 }],
])('shards: %s', (_case, shardCount, before, after) => {
  const sku = aStockItem({
    shardCount: before,
    openShardCount: 6,
    peakShardCount: 8,
    transferCount: 3,
  });

  const { value, change } = commitOf(
    decidePutStock(stateWith([], { sku }), { ...putCommand, shardCount }),
  );

  expect(value.stockItem).toEqual({ ...sku, ...after, version: 2, correlationId: 'corr-1' });
  expect(change?.cells).toEqual([]);
});

test('a new SKU can have several shards and starts with its main cell', () => {
  const { value, change } = commitOf(
    decidePutStock(stateWith([]), { ...putCommand, shardCount: 10 }),
  );

  expect(value.stockItem).toEqual(aStockItem({ shardCount: 10, correlationId: 'corr-1' }));
  expect(change?.cells).toEqual([aCellChange({ isNew: true })]);
});

describe('a SKU that would be too large is rejected:', () => {
  const locations = Array.from({ length: 11 }, (_, index) => `place-${index}`);

  test.each([
    [45, undefined],
    [46, { kind: 'tooManyCells', limit: 500 }],
  ] as const)('11 locations of %i shards', (shardCount, error) => {
    const state = stateWith([], { sku: aStockItem({ locations }) });

    const decisions = [decidePutStock, decidePatchStock].map((decide) =>
      decide(state, { ...putCommand, shardCount }),
    );

    if (error === undefined) expect(decisions.every(({ next }) => next === 'commit')).toBe(true);
    else expect(decisions).toEqual([reject(error), reject(error)]);
  });
});

describe('a patch of settings', () => {
  const before = aStockItem({
    name: 'Tea',
    lowStockThreshold: 5,
    countTolerance: { units: 3 },
    shardCount: 2,
    version: 3,
  });
  const patched = (settings: object) =>
    commitOf(decidePatchStock(stateWith([], { sku: before }), { ...putCommand, ...settings })).value
      .stockItem;

  test.each([
    ['a name', { name: 'Green tea' }],
    ['a threshold', { lowStockThreshold: 0 }],
    ['a tolerance', { countTolerance: { percent: 2 } }],
  ])('of %s leaves all others', (_case, settings) => {
    expect(patched(settings)).toEqual({
      ...before,
      ...settings,
      version: 4,
      correlationId: 'corr-1',
    });
  });

  test('of the shard count leaves all others', () => {
    expect(patched({ shardCount: 4 })).toMatchObject({
      name: 'Tea',
      lowStockThreshold: 5,
      countTolerance: { units: 3 },
      shardCount: 4,
    });
  });

  test.each(['name', 'lowStockThreshold', 'countTolerance'])(
    'clears %s when it is null',
    (setting) => {
      const after = patched({ [setting]: null });

      expect(after).not.toHaveProperty(setting);
      expect(Object.keys(after)).toHaveLength(Object.keys(before).length - 1);
    },
  );

  test('of an unknown SKU is rejected', () => {
    expect(decidePatchStock(stateWith([]), { ...putCommand, name: 'Tea' })).toMatchObject(
      reject({ kind: 'notFound' }),
    );
  });
});
