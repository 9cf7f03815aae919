import { describe, expect, test } from 'vitest';
import { homeCellKey } from '../../../../../lambdas/inventory/domain/ledger/cell.ts';
import type { Guard } from '../../../../../lambdas/inventory/domain/ledger/change.ts';
import {
  aCell,
  aCellChange,
  aChange,
  changeOf,
  HOLD_BUCKET,
  NOON,
  NOON_BUCKET,
  reserveCommand,
  stateWith,
} from '../../../../support/inventory.ts';
import { decideReserve } from '../../../../support/reserve.ts';
import { AT, TABLE, toTransaction, updateOf } from './to-transaction.ts';

describe('a balance', () => {
  test('is updated once for an expired bucket and a hold, guarded by both', () => {
    const expired = NOON_BUCKET - 60;
    const state = stateWith([aCell({ available: 1, held: { [expired]: 4 }, version: 7 })]);

    const [, update] = toTransaction(changeOf(decideReserve(state, reserveCommand())), TABLE);

    expect(update).toEqual({
      Update: {
        TableName: TABLE,
        Key: { pk: 'CELL#tea#main#0', sk: 'BALANCE' },
        UpdateExpression:
          'SET #version = #version + :one, updatedAt = :at, available = available + :availableAdded, ' +
          `#held.#s${HOLD_BUCKET} = if_not_exists(#held.#s${HOLD_BUCKET}, :zero) + :h${HOLD_BUCKET}, expiredThrough = :expiredThrough ` +
          `REMOVE #held.#s${expired}`,
        ConditionExpression:
          'attribute_exists(pk) AND expiredThrough < :expiredThroughBelow AND #version = :version AND attribute_not_exists(floor)',
        ExpressionAttributeNames: {
          '#version': 'version',
          '#held': 'held',
          [`#s${HOLD_BUCKET}`]: `${HOLD_BUCKET}`,
          [`#s${expired}`]: `${expired}`,
        },
        ExpressionAttributeValues: {
          ':one': 1,
          ':at': AT,
          ':availableAdded': 1,
          ':zero': 0,
          [`:h${HOLD_BUCKET}`]: 3,
          ':expiredThrough': expired,
          ':expiredThroughBelow': HOLD_BUCKET,
          ':version': 7,
        },
      },
    });
  });

  test('without an expired bucket has no version guard, so two holds do not exclude each other', () => {
    const state = stateWith([aCell({ available: 5, version: 7 })]);

    const [, update] = toTransaction(changeOf(decideReserve(state, reserveCommand())), TABLE);

    expect(update?.Update?.ConditionExpression).toBe(
      'attribute_exists(pk) AND available >= :availableMin AND expiredThrough < :expiredThroughBelow AND attribute_not_exists(floor)',
    );
    expect(update?.Update?.UpdateExpression).not.toContain('REMOVE');
    expect(update?.Update?.UpdateExpression).not.toContain('expiredThrough');
  });

  test.each<[string, Guard, string, Record<string, number | string>]>([
    ['available', { availableMin: 3 }, 'available >= :availableMin', { ':availableMin': 3 }],
    ['committed', { committedMin: 3 }, 'committed >= :committedMin', { ':committedMin': 3 }],
    [
      'held',
      { heldMin: { [HOLD_BUCKET]: 3 } },
      `#held.#s${HOLD_BUCKET} >= :min${HOLD_BUCKET}`,
      { [`:min${HOLD_BUCKET}`]: 3 },
    ],
    [
      'expiredThroughBelow',
      { expiredThroughBelow: HOLD_BUCKET },
      'expiredThrough < :expiredThroughBelow',
      { ':expiredThroughBelow': HOLD_BUCKET },
    ],
    [
      'expiredThroughMin',
      { expiredThroughMin: HOLD_BUCKET },
      'expiredThrough >= :expiredThroughMin',
      { ':expiredThroughMin': HOLD_BUCKET },
    ],
    ['version', { version: 7 }, '#version = :version', { ':version': 7 }],
    // A version of 0 and a watermark of 0 are valid values.
    ['version 0', { version: 0 }, '#version = :version', { ':version': 0 }],
    [
      'the last count',
      { lastCountId: 'count-1' },
      'lastCount.countId = :lastCountId',
      { ':lastCountId': 'count-1' },
    ],
    ['no last count', { lastCountId: null }, 'attribute_not_exists(lastCount)', {}],
    [
      'the last manual adjustment',
      { lastAdjustmentId: 'op-1.1' },
      'lastAdjustment.movementId = :lastAdjustmentId',
      { ':lastAdjustmentId': 'op-1.1' },
    ],
    [
      'no last manual adjustment',
      { lastAdjustmentId: null },
      'attribute_not_exists(lastAdjustment)',
      {},
    ],
    ['the floor', { floor: 4 }, 'floor = :floorRead', { ':floorRead': 4 }],
    ['no floor', { floor: null }, 'attribute_not_exists(floor)', {}],
    [
      'a watermark of 0',
      { expiredThroughMin: 0 },
      'expiredThrough >= :expiredThroughMin',
      { ':expiredThroughMin': 0 },
    ],
  ])('has a condition for the guard: %s', (_name, guard, condition, values) => {
    const update = updateOf({ guard });

    expect(update?.ConditionExpression).toBe(`attribute_exists(pk) AND ${condition}`);
    expect(update?.ExpressionAttributeValues).toEqual({ ':one': 1, ':at': AT, ...values });
  });

  test('without a guard must only exist', () => {
    expect(updateOf({ available: 3 })?.ConditionExpression).toBe('attribute_exists(pk)');
  });

  test('sets and removes a floor, and a new cell has it from the start', () => {
    expect(updateOf({ floor: 4 })).toMatchObject({
      UpdateExpression: 'SET #version = #version + :one, updatedAt = :at, floor = :floor',
      ExpressionAttributeValues: { ':floor': 4 },
    });
    expect(updateOf({ floor: 0 })?.UpdateExpression).toBe(
      'SET #version = #version + :one, updatedAt = :at REMOVE floor',
    );
    const created = aChange({ cells: [aCellChange({ isNew: true, floor: 4 })] });
    expect(toTransaction(created, TABLE)[0]?.Put?.Item).toMatchObject({ floor: 4 });
  });

  test('records a manual adjustment in an existing cell and in a new one', () => {
    const adjustment = {
      movementId: 'op-1.1',
      at: NOON,
      delta: 2,
      reason: 'other',
      by: 'bob',
    } as const;
    const [created] = toTransaction(
      aChange({ cells: [aCellChange({ isNew: true, available: 2, adjustment })] }),
      TABLE,
    );

    expect(updateOf({ adjustment })).toMatchObject({
      UpdateExpression:
        'SET #version = #version + :one, updatedAt = :at, lastAdjustment = :adjustment',
      ExpressionAttributeValues: { ':adjustment': adjustment },
    });
    expect(created?.Put?.Item).toMatchObject({ available: 2, lastAdjustment: adjustment });
  });

  test('omits accounts that do not change, because DynamoDB rejects unused values', () => {
    const update = updateOf({ committed: -3 });

    expect(update?.UpdateExpression).toBe(
      'SET #version = #version + :one, updatedAt = :at, committed = committed + :committedAdded',
    );
    expect(update?.ExpressionAttributeValues).toEqual({
      ':one': 1,
      ':at': AT,
      ':committedAdded': -3,
    });
  });

  test('moves units between two buckets in one update', () => {
    const update = updateOf({ held: { [HOLD_BUCKET]: -3, [HOLD_BUCKET + 300]: 3 } });

    expect(update?.UpdateExpression).toBe(
      'SET #version = #version + :one, updatedAt = :at, ' +
        `#held.#s${HOLD_BUCKET} = if_not_exists(#held.#s${HOLD_BUCKET}, :zero) + :h${HOLD_BUCKET}, ` +
        `#held.#s${HOLD_BUCKET + 300} = if_not_exists(#held.#s${HOLD_BUCKET + 300}, :zero) + :h${HOLD_BUCKET + 300}`,
    );
    expect(update?.ExpressionAttributeValues).toMatchObject({
      [`:h${HOLD_BUCKET}`]: -3,
      [`:h${HOLD_BUCKET + 300}`]: 3,
    });
  });

  test('gets the latest of several expired buckets as its watermark', () => {
    const update = updateOf({ expiredBuckets: [60, 120, 180] });

    expect(update?.UpdateExpression).toContain(
      'expiredThrough = :expiredThrough REMOVE #held.#s60, #held.#s120, #held.#s180',
    );
    expect(update?.ExpressionAttributeValues).toMatchObject({ ':expiredThrough': 180 });
  });

  test('of a new cell is written whole, on condition that it does not exist', () => {
    const change = aChange({
      cells: [aCellChange({ cell: homeCellKey('tea', 'annex'), isNew: true, available: 5 })],
    });

    expect(toTransaction(change, TABLE)).toEqual([
      {
        Put: {
          TableName: TABLE,
          Item: {
            pk: 'CELL#tea#annex#0',
            sk: 'BALANCE',
            type: 'balance',
            sku: 'tea',
            locationId: 'annex',
            shard: 0,
            available: 5,
            held: {},
            committed: 0,
            expiredThrough: 0,
            version: 1,
            updatedAt: AT,
          },
          ConditionExpression: 'attribute_not_exists(pk)',
        },
      },
    ]);
  });
});
