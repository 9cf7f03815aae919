import { describe, expect, test } from 'vitest';
import {
  cellsOfActions,
  toTransaction as toOneTransaction,
} from '../../../../lambdas/inventory/adapters/change-to-transaction.ts';
import { homeCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import type { Change, Guard } from '../../../../lambdas/inventory/domain/ledger/change.ts';
import { decideReserve } from '../../../../lambdas/inventory/domain/reservations/reserve.ts';
import {
  aCell,
  aCellChange,
  aChange,
  aMovement,
  anOperationRecord,
  aReservation,
  aStockItem,
  changeOf,
  HOLD_BUCKET,
  NOON,
  NOON_BUCKET,
  reserveCommand,
  seconds,
  stateWith,
} from '../../../support/inventory.ts';

const toTransaction = (change: Change, tableName: string) => toOneTransaction([change], tableName);
const TABLE = 'inventory';
const AT = '2026-01-01T12:00:00.000Z';
const DAY_SECONDS = 86_400;
/** Maximum actions of a DynamoDB transaction. */
const ACTIONS_MAX = 100;

const updateOf = (overrides: Parameters<typeof aCellChange>[0]) =>
  toTransaction(aChange({ cells: [aCellChange(overrides)] }), TABLE)[0]?.Update;

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
          'attribute_exists(pk) AND expiredThrough < :expiredThroughBelow AND #version = :version',
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
      'attribute_exists(pk) AND available >= :availableMin AND expiredThrough < :expiredThroughBelow',
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

describe('movements', () => {
  test('of one cell are one item beside its balance, with time and operation in the key', () => {
    const movements = [aMovement({ kind: 'EXPIRED' }), aMovement({ movementId: 'op-1.2' })];

    const actions = toTransaction(aChange({ cells: [aCellChange({ movements })] }), TABLE);

    expect(actions[1]).toEqual({
      Put: {
        TableName: TABLE,
        Item: {
          pk: 'CELL#tea#main#0',
          sk: `MOVE#${AT}#op-1`,
          type: 'movements',
          sku: 'tea',
          locationId: 'main',
          shard: 0,
          movements,
          correlationId: 'corr-1',
        },
      },
    });
  });

  test('without entries are no item', () => {
    expect(toTransaction(aChange(), TABLE)).toHaveLength(1);
  });
});

describe('the idempotency record', () => {
  const recordPutOf = (overrides: Parameters<typeof aChange>[0]) =>
    toTransaction(aChange(overrides), TABLE)[0]?.Put;

  test('is the first action, must not exist for a new reservation, and is returned if it does', () => {
    const after = aReservation();

    const put = recordPutOf({
      idempotencyRecord: { kind: 'reservation', after, expectedVersion: undefined },
    });

    expect(put).toEqual({
      TableName: TABLE,
      Item: {
        pk: 'RESERVATION#res-1',
        sk: 'RESERVATION',
        type: 'reservation',
        ...after,
        ttl: HOLD_BUCKET + 7 * DAY_SECONDS,
      },
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  });

  test('of a reservation step must have the version that was read', () => {
    const after = aReservation({ status: 'COMMITTED', version: 5 });

    const put = recordPutOf({
      idempotencyRecord: { kind: 'reservation', after, expectedVersion: 4 },
    });

    expect(put).toMatchObject({
      ConditionExpression: '#version = :expected',
      ExpressionAttributeNames: { '#version': 'version' },
      ExpressionAttributeValues: { ':expected': 4 },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  });

  test('of an operation must not exist, and is kept for 400 days', () => {
    const operation = anOperationRecord();

    const put = recordPutOf({ idempotencyRecord: { kind: 'operation', operation } });

    expect(put).toEqual({
      TableName: TABLE,
      Item: {
        pk: 'OPERATION#receipt-1',
        sk: 'OPERATION',
        type: 'operation',
        ...operation,
        ttl: NOON_BUCKET + 400 * DAY_SECONDS,
      },
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  });

  test.each([
    ['HELD', HOLD_BUCKET + 7 * DAY_SECONDS],
    ['RELEASED', NOON_BUCKET + 7 * DAY_SECONDS],
    ['EXPIRED', NOON_BUCKET + 7 * DAY_SECONDS],
    ['FULFILLED', NOON_BUCKET + 400 * DAY_SECONDS],
    // Committed units belong to an order until they are shipped.
    ['COMMITTED', undefined],
  ] as const)('of a %s reservation has this TTL', (status, ttl) => {
    const put = recordPutOf({
      idempotencyRecord: {
        kind: 'reservation',
        after: aReservation({ status }),
        expectedVersion: 1,
      },
    });

    expect(put?.Item?.ttl).toBe(ttl);
  });
});

describe('the record of a SKU', () => {
  test.each([
    [undefined, { ConditionExpression: 'attribute_not_exists(pk)' }],
    [
      3,
      {
        ConditionExpression: '#version = :expected',
        ExpressionAttributeValues: { ':expected': 3 },
      },
    ],
  ])(
    'is the last action, guarded by the version that was read: %s',
    (expectedVersion, condition) => {
      const after = aStockItem({ version: 4 });

      const actions = toTransaction(aChange({ stockItem: { after, expectedVersion } }), TABLE);

      expect(actions).toHaveLength(2);
      expect(actions[1]?.Put).toMatchObject({
        TableName: TABLE,
        Item: { pk: 'SKU#tea', sk: 'SKU', type: 'stockItem', ...after, listedSku: 'tea' },
        ...condition,
      });
    },
  );
});

describe('a reserve of 25 lines', () => {
  const skus = Array.from({ length: 25 }, (_, index) => `sku-${index}`);
  const lines = skus.map((sku) => ({ sku, quantity: 2 }));
  const itemOf = ({ Put, Update }: ReturnType<typeof toTransaction>[number]) => {
    const key = Put?.Item ?? Update?.Key;
    return `${key?.pk} ${key?.sk}`;
  };

  test.each([
    ['plain', {}, NOON],
    ['with an expired bucket in each cell', { [NOON_BUCKET]: 2 }, NOON + seconds(60)],
  ])(
    '%s is 51 actions: a record, and a balance and its movements for each line',
    (_case, held, now) => {
      const state = stateWith(skus.map((sku) => aCell({ sku, available: 2, held })));

      const actions = toTransaction(
        changeOf(decideReserve(state, reserveCommand({ lines, now }))),
        TABLE,
      );

      expect(actions).toHaveLength(51);
      expect(actions.length).toBeLessThanOrEqual(ACTIONS_MAX);
      expect(new Set(actions.map(itemOf)).size).toBe(51);
    },
  );
});

describe('a change with records of its movements', () => {
  const entryRecords = ['op-1.1', 'op-1.2'].map((operationId) =>
    anOperationRecord({
      operationId,
      entry: { cell: homeCellKey('tea'), movement: aMovement({ movementId: operationId }) },
    }),
  );
  const change = aChange({
    idempotencyRecord: { kind: 'operation', operation: anOperationRecord({ operationId: 'op-1' }) },
    entryRecords,
    cells: [
      aCellChange({ movements: [aMovement()] }),
      aCellChange({ cell: homeCellKey('pot') }),
      aCellChange({ cell: homeCellKey('cup') }),
    ],
    stockItem: { after: aStockItem(), expectedVersion: 3 },
  });

  test('writes them after the idempotency record, each with its cell, on condition that none exists', () => {
    const actions = toTransaction(change, TABLE);

    expect(actions).toHaveLength(8);
    expect(
      actions.slice(0, 3).map(({ Put }) => [Put?.Item?.operationId, Put?.Item?.operationCell]),
    ).toEqual([
      ['op-1', undefined],
      ['op-1.1', 'CELL#tea#main#0'],
      ['op-1.2', 'CELL#tea#main#0'],
    ]);
    expect(actions.slice(0, 3).map(({ Put }) => Put?.ConditionExpression)).toEqual(
      Array(3).fill('attribute_not_exists(pk)'),
    );
    expect(actions.at(-1)?.Put).toMatchObject({
      Item: { type: 'stockItem' },
      ConditionExpression: '#version = :expected',
    });
  });

  test.each([
    ['with an idempotency record and records of movements', change],
    ['with an idempotency record', { ...change, entryRecords: [] }],
    ['with neither', aChange({ cells: change.cells })],
  ])('has its balances at the expected positions: %s', (_case, one) => {
    const actions = toTransaction(one, TABLE);

    const balances = cellsOfActions(
      [one],
      TABLE,
      (place) => actions[place]?.Update?.Key?.sk === 'BALANCE',
    );

    expect(balances).toEqual([homeCellKey('tea'), homeCellKey('pot'), homeCellKey('cup')]);
    expect(cellsOfActions([one], TABLE, (place) => actions[place]?.Update === undefined)).toEqual(
      [],
    );
  });
});

describe('the conflict count', () => {
  test('is increased in the update of the change', () => {
    const update = updateOf({ available: 1, conflicts: 3 });

    expect(update?.UpdateExpression).toBe(
      'SET #version = #version + :one, updatedAt = :at, available = available + :availableAdded, ' +
        'conflicts = if_not_exists(conflicts, :zero) + :conflicts',
    );
    expect(update?.ExpressionAttributeValues).toEqual({
      ':one': 1,
      ':at': AT,
      ':availableAdded': 1,
      ':zero': 0,
      ':conflicts': 3,
    });
  });

  test('is not part of the update without conflicts', () => {
    expect(updateOf({ available: 1 })?.UpdateExpression).not.toContain('conflicts');
  });
});
