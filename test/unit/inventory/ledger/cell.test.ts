import { describe, expect, test } from 'vitest';
import {
  bucketsOf,
  cellIdOf,
  EXPIRY_GRACE_SECONDS,
  emptyCell,
  expiredBuckets,
  homeCellKey,
  quantitiesAt,
  sumOfQuantities,
} from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { aCell, NOON, NOON_BUCKET, seconds } from '../../../support/inventory.ts';

describe('a cell', () => {
  test('has the main location and the first shard by default', () => {
    expect(homeCellKey('tea')).toEqual({ sku: 'tea', locationId: 'main', shard: 0 });
    expect(homeCellKey('tea', 'annex')).toEqual({
      sku: 'tea',
      locationId: 'annex',
      shard: 0,
    });
  });

  test('has an id of SKU, location and shard', () => {
    expect(cellIdOf(homeCellKey('tea', 'annex'))).toBe('tea#annex#0');
  });

  test('starts empty, with only the key of its source', () => {
    const line = { sku: 'tea', locationId: 'main', shard: 0, quantity: 3 };

    expect(emptyCell(line)).toEqual({
      sku: 'tea',
      locationId: 'main',
      shard: 0,
      available: 0,
      held: {},
      committed: 0,
      expiredThrough: 0,
      version: 0,
    });
  });
});

describe('the quantities of a cell', () => {
  const cell = aCell({
    available: 4,
    held: { [NOON_BUCKET]: 3, [NOON_BUCKET + 60]: 2 },
    committed: 1,
  });

  test.each([
    ['a millisecond before a hold expires its units are held', NOON - 1, { available: 4, held: 5 }],
    ['when the hold expires they are available', NOON, { available: 7, held: 2 }],
    ['a millisecond later they are available', NOON + 1, { available: 7, held: 2 }],
    [
      'the units of the next bucket are held until its own end',
      NOON + seconds(60) - 1,
      { available: 7, held: 2 },
    ],
    ['after the last bucket no unit is held', NOON + seconds(60), { available: 9, held: 0 }],
  ])('%s', (_rule, at, counts) => {
    expect(quantitiesAt(cell, at)).toEqual({ onHand: 10, committed: 1, ...counts });
  });

  test('include expired units in available at once, without the grace time', () => {
    expect(quantitiesAt(cell, NOON).available).toBe(7);
    expect(expiredBuckets(cell, NOON, EXPIRY_GRACE_SECONDS)).toEqual([]);
  });

  test('are zero for an empty cell', () => {
    const counts = quantitiesAt(emptyCell(homeCellKey('tea')), NOON);

    expect(counts).toEqual({ onHand: 0, available: 0, held: 0, committed: 0 });
  });

  test('of several cells are added by account', () => {
    const counts = [
      quantitiesAt(cell, NOON),
      quantitiesAt(aCell({ available: 5, committed: 2 }), NOON),
    ];

    expect(sumOfQuantities(counts)).toEqual({
      onHand: 17,
      available: 12,
      held: 2,
      committed: 3,
    });
    expect(sumOfQuantities([])).toEqual({
      onHand: 0,
      available: 0,
      held: 0,
      committed: 0,
    });
  });
});

describe('expired buckets', () => {
  const cell = aCell({ held: { [NOON_BUCKET + 60]: 1, [NOON_BUCKET]: 2 } });

  test.each([
    ['a second before the end', NOON - seconds(1), []],
    ['at the end', NOON, [NOON_BUCKET]],
    ['a second after the end', NOON + seconds(1), [NOON_BUCKET]],
  ])('%s', (_moment, at, buckets) => {
    expect(expiredBuckets(cell, at)).toEqual(buckets);
  });

  test.each([
    [EXPIRY_GRACE_SECONDS - 1, []],
    [EXPIRY_GRACE_SECONDS, [NOON_BUCKET]],
    [EXPIRY_GRACE_SECONDS + 1, [NOON_BUCKET]],
  ])('of a change, %i s after their end: only those past the grace time', (after, buckets) => {
    expect(expiredBuckets(cell, NOON + seconds(after), EXPIRY_GRACE_SECONDS)).toEqual(buckets);
  });

  test('are ordered by time, not by their text', () => {
    expect(bucketsOf({ 1000000020: 1, 999999960: 2 })).toEqual([999999960, 1000000020]);
  });
});
