import { describe, expect, test } from 'vitest';
import { cellsOfActions } from '../../../../../lambdas/inventory/adapters/change-to-transaction.ts';
import { homeCellKey } from '../../../../../lambdas/inventory/domain/ledger/cell.ts';
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
} from '../../../../support/inventory.ts';
import { decideReserve } from '../../../../support/reserve.ts';
import { AT, TABLE, toTransaction, updateOf } from './to-transaction.ts';

const DAY_SECONDS = 86_400;
/** Maximum actions of a DynamoDB transaction. */
const ACTIONS_MAX = 100;

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
