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
  test('is the main location and the first shard unless another location is named', () => {
    expect(homeCellKey('tea')).toEqual({ sku: 'tea', locationId: 'main', shard: 0 });
    expect(homeCellKey('tea', 'annex')).toEqual({
      sku: 'tea',
      locationId: 'annex',
      shard: 0,
    });
  });

  test('has an id of its sku, location and shard', () => {
    expect(cellIdOf(homeCellKey('tea', 'annex'))).toBe('tea#annex#0');
  });

  test('starts with nothing, and takes only the key of what it is made from', () => {
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

describe('what a cell counts', () => {
  const cell = aCell({
    available: 4,
    held: { [NOON_BUCKET]: 3, [NOON_BUCKET + 60]: 2 },
    committed: 1,
  });

  test.each([
    ['a millisecond before the hold lapses it is held', NOON - 1, { available: 4, held: 5 }],
    ['when the hold lapses it is available', NOON, { available: 7, held: 2 }],
    ['a millisecond after the hold lapsed it is available', NOON + 1, { available: 7, held: 2 }],
    ['the next slot is held to its own end', NOON + seconds(60) - 1, { available: 7, held: 2 }],
    ['after the last slot nothing is held', NOON + seconds(60), { available: 9, held: 0 }],
  ])('%s', (_rule, at, counts) => {
    expect(quantitiesAt(cell, at)).toEqual({ onHand: 10, committed: 1, ...counts });
  });

  test('waits for no grace: what has lapsed is available at once, though it is not folded yet', () => {
    expect(quantitiesAt(cell, NOON).available).toBe(7);
    expect(expiredBuckets(cell, NOON, EXPIRY_GRACE_SECONDS)).toEqual([]);
  });

  test('is nothing in an empty cell', () => {
    const counts = quantitiesAt(emptyCell(homeCellKey('tea')), NOON);

    expect(counts).toEqual({ onHand: 0, available: 0, held: 0, committed: 0 });
  });

  test('adds up over cells, account by account', () => {
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

describe('lapsed slots', () => {
  const cell = aCell({ held: { [NOON_BUCKET + 60]: 1, [NOON_BUCKET]: 2 } });

  test.each([
    ['a second before the end', NOON - seconds(1), []],
    ['at the end', NOON, [NOON_BUCKET]],
    ['a second after the end', NOON + seconds(1), [NOON_BUCKET]],
  ])('%s', (_moment, at, slots) => {
    expect(expiredBuckets(cell, at)).toEqual(slots);
  });

  test.each([
    [EXPIRY_GRACE_SECONDS - 1, []],
    [EXPIRY_GRACE_SECONDS, [NOON_BUCKET]],
    [EXPIRY_GRACE_SECONDS + 1, [NOON_BUCKET]],
  ])('%i s after the end, with the grace of a fold', (after, slots) => {
    expect(expiredBuckets(cell, NOON + seconds(after), EXPIRY_GRACE_SECONDS)).toEqual(slots);
  });

  test('come in order of time, whatever the number of their digits', () => {
    expect(bucketsOf({ 1000000020: 1, 999999960: 2 })).toEqual([999999960, 1000000020]);
  });
});
