import { describe, expect, test } from 'vitest';
import {
  allocateUnits,
  availableUnits,
} from '../../../../lambdas/inventory/domain/ledger/allocation.ts';
import { EXPIRED_BUCKETS_PER_CHANGE_MAX } from '../../../../lambdas/inventory/domain/ledger/change.ts';
import { aCell, NOON, NOON_BUCKET } from '../../../support/inventory.ts';

const shards = (...available: readonly number[]) =>
  available.map((units, shard) => aCell({ shard, available: units }));
const allocate = (cells: ReturnType<typeof shards>, quantity: number, allowSplit = true) =>
  allocateUnits(cells, quantity, NOON, { allowSplit })?.map(({ cell, quantity: units }) => [
    cell.shard,
    units,
  ]);

describe('an allocation', () => {
  test.each([
    ['the second is fuller', [5, 7, 9], 1],
    ['the first is fuller', [7, 5, 9], 0],
    ['both are equally full', [5, 5, 9], 0],
  ])('takes the fuller of the first two cells with enough units: %s', (_case, available, shard) => {
    expect(allocate(shards(...available), 3)).toEqual([[shard, 3]]);
  });

  test.each([
    ['one unit less', 4, [[2, 5]]],
    ['exactly as many', 5, [[0, 5]]],
    ['one unit more', 6, [[0, 5]]],
  ])('skips cells with too few units: the first has %s', (_case, first, cells) => {
    expect(allocate(shards(first, 0, 5), 5)).toEqual(cells);
  });

  test.each([
    [
      'one less than all cells have',
      9,
      [
        [1, 5],
        [2, 3],
        [0, 1],
      ],
    ],
    [
      'as many as all cells have',
      10,
      [
        [1, 5],
        [2, 3],
        [0, 2],
      ],
    ],
    ['one more', 11, undefined],
  ])('combines the fullest cells when no cell has enough: %s', (_case, quantity, cells) => {
    expect(allocate(shards(2, 5, 3, 0), quantity)).toEqual(cells);
  });

  test('uses no more cells than necessary', () => {
    expect(allocate(shards(1, 2, 4, 4), 8)).toEqual([
      [2, 4],
      [3, 4],
    ]);
  });

  test('is undefined without a single sufficient cell when splits are not allowed', () => {
    expect(allocate(shards(4, 4), 5, false)).toBeUndefined();
    expect(allocate(shards(4, 5), 5, false)).toEqual([[1, 5]]);
  });

  test('counts expired units, whether or not their bucket was released', () => {
    const cells = [aCell({ available: 1, held: { [NOON_BUCKET]: 4, [NOON_BUCKET + 60]: 9 } })];

    expect(allocate(cells, 5)).toEqual([[0, 5]]);
    expect(allocate(cells, 6)).toBeUndefined();
    expect(availableUnits([...cells, aCell({ shard: 1, available: 2, committed: 9 })], NOON)).toBe(
      7,
    );
  });

  test.each([
    [EXPIRED_BUCKETS_PER_CHANGE_MAX - 1, [[0, EXPIRED_BUCKETS_PER_CHANGE_MAX - 1]]],
    [EXPIRED_BUCKETS_PER_CHANGE_MAX, [[0, EXPIRED_BUCKETS_PER_CHANGE_MAX]]],
    [EXPIRED_BUCKETS_PER_CHANGE_MAX + 1, undefined],
  ])('counts at most the expired buckets that one change can release: %i', (buckets, cells) => {
    const held = Object.fromEntries(
      Array.from({ length: buckets }, (_, index) => [NOON_BUCKET - index, 1]),
    );

    expect(allocate([aCell({ held })], buckets)).toEqual(cells);
  });

  test('of no cells is undefined', () => {
    expect(allocate([], 1)).toBeUndefined();
  });
});
