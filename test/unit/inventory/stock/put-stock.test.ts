import { describe, expect, test } from 'vitest';
import {
  decidePatchStock,
  decidePutStock,
} from '../../../../lambdas/inventory/domain/stock/put-stock.ts';
import { accepted, refused } from '../../../../lambdas/shared/core/result.ts';
import {
  aCell,
  aCellChange,
  acceptedOf,
  aSku,
  context,
  NOON,
  seconds,
  stateWith,
} from '../../../support/inventory.ts';

const putting = { ...context(), sku: 'tea' };

test('the first settings of a sku make the sku and its empty main cell', () => {
  const decision = decidePutStock(stateWith([]), { ...putting, name: 'Tea', lowStockThreshold: 5 });

  const sku = aSku({ name: 'Tea', lowStockThreshold: 5, correlationId: 'corr-1' });
  expect(decision).toEqual(
    accepted({
      value: { sku, isNew: true },
      change: {
        operationId: 'tea.settings.1',
        at: NOON,
        correlationId: 'corr-1',
        cells: [aCellChange({ creates: true })],
        sku: { after: sku, expectedVersion: undefined },
      },
    }),
  );
});

test('settings need neither a name nor a threshold', () => {
  const { value } = acceptedOf(decidePutStock(stateWith([]), putting));

  expect(value).toEqual({ sku: aSku({ correlationId: 'corr-1' }), isNew: true });
});

test('settings replace settings and touch no cell', () => {
  const before = aSku({
    name: 'Tea',
    lowStockThreshold: 5,
    locations: ['main', 'annex'],
    version: 3,
  });
  const now = NOON + seconds(60);

  const decision = decidePutStock(stateWith([aCell()], { sku: before }), {
    ...putting,
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
  expect(decision).toEqual(
    accepted({
      value: { sku: after, isNew: false },
      change: {
        operationId: 'tea.settings.4',
        at: now,
        correlationId: 'corr-1',
        cells: [],
        sku: { after, expectedVersion: 3 },
      },
    }),
  );
});

test('a setting that is left out is gone', () => {
  const sku = aSku({ name: 'Tea', lowStockThreshold: 5 });

  const { value } = acceptedOf(decidePutStock(stateWith([aCell()], { sku }), putting));

  expect(value.sku).not.toHaveProperty('name');
  expect(value.sku).not.toHaveProperty('lowStockThreshold');
});

test('a threshold of 0 is a setting like any other', () => {
  const { value } = acceptedOf(decidePutStock(stateWith([]), { ...putting, lowStockThreshold: 0 }));

  expect(value.sku.lowStockThreshold).toBe(0);
});

test.each([
  ['not given stay', undefined, 4, { shardCount: 4, openShards: 6, shardsEver: 8 }],
  ['fewer leave cells open', 2, 4, { shardCount: 2, openShards: 6, shardsEver: 8 }],
  ['as many as are open', 6, 4, { shardCount: 6, openShards: 6, shardsEver: 8 }],
  ['more open cells', 7, 4, { shardCount: 7, openShards: 7, shardsEver: 8 }],
  ['more than ever', 9, 4, { shardCount: 9, openShards: 9, shardsEver: 9 }],
])('shards: %s', (_case, shardCount, before, after) => {
  const sku = aSku({ shardCount: before, openShards: 6, shardsEver: 8, transfers: 3 });

  const { value, change } = acceptedOf(
    decidePutStock(stateWith([], { sku }), { ...putting, shardCount }),
  );

  expect(value.sku).toEqual({ ...sku, ...after, version: 2, correlationId: 'corr-1' });
  expect(change?.cells).toEqual([]);
});

test('a sku may have its shards from the first: its main cell has all units until they are spread', () => {
  const { value, change } = acceptedOf(
    decidePutStock(stateWith([]), { ...putting, shardCount: 10 }),
  );

  expect(value.sku).toEqual(aSku({ shardCount: 10, correlationId: 'corr-1' }));
  expect(change?.cells).toEqual([aCellChange({ creates: true })]);
});

describe('a sku that would be too large', () => {
  const locations = Array.from({ length: 11 }, (_, index) => `place-${index}`);

  test.each([
    [45, undefined],
    [46, { kind: 'tooManyCells', limit: 500 }],
  ] as const)('11 locations of %i shards', (shardCount, refusal) => {
    const state = stateWith([], { sku: aSku({ locations }) });

    const decisions = [decidePutStock, decidePatchStock].map((decide) =>
      decide(state, { ...putting, shardCount }),
    );

    if (refusal === undefined) expect(decisions.every(({ ok }) => ok)).toBe(true);
    else expect(decisions).toEqual([refused(refusal), refused(refusal)]);
  });
});

describe('a change of some settings', () => {
  const before = aSku({
    name: 'Tea',
    lowStockThreshold: 5,
    countTolerance: { units: 3 },
    shardCount: 2,
    version: 3,
  });
  const patched = (settings: object) =>
    acceptedOf(decidePatchStock(stateWith([], { sku: before }), { ...putting, ...settings })).value
      .sku;

  test.each([
    ['a name', { name: 'Green tea' }],
    ['a threshold', { lowStockThreshold: 0 }],
    ['a tolerance', { countTolerance: { percent: 2 } }],
  ])('that names %s leaves all others', (_case, settings) => {
    expect(patched(settings)).toEqual({
      ...before,
      ...settings,
      version: 4,
      correlationId: 'corr-1',
    });
  });

  test('that names shards leaves all others', () => {
    expect(patched({ shardCount: 4 })).toMatchObject({
      name: 'Tea',
      lowStockThreshold: 5,
      countTolerance: { units: 3 },
      shardCount: 4,
    });
  });

  test.each(['name', 'lowStockThreshold', 'countTolerance'])(
    'clears %s where it is null',
    (setting) => {
      const after = patched({ [setting]: null });

      expect(after).not.toHaveProperty(setting);
      expect(Object.keys(after)).toHaveLength(Object.keys(before).length - 1);
    },
  );

  test('of a sku without a record is rejected: it creates none', () => {
    expect(decidePatchStock(stateWith([]), { ...putting, name: 'Tea' })).toEqual(
      refused({ kind: 'notFound' }),
    );
  });
});
