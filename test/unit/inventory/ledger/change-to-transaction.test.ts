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
const SLOT = NOON_BUCKET + 600;
/** DynamoDB takes no more in one transaction. */
const ACTIONS_MAX = 100;

const updateOf = (overrides: Parameters<typeof aCellChange>[0]) =>
  toTransaction(aChange({ cells: [aCellChange(overrides)] }), TABLE)[0]?.Update;

describe('a balance', () => {
  test('is set under what its change relies on: folding and reserving are one update', () => {
    const lapsed = NOON_BUCKET - 60;
    const state = stateWith([aCell({ available: 1, held: { [lapsed]: 4 }, version: 7 })]);

    const [, update] = toTransaction(changeOf(decideReserve(state, reserveCommand())), TABLE);

    expect(update).toEqual({
      Update: {
        TableName: TABLE,
        Key: { pk: 'CELL#tea#main#0', sk: 'BALANCE' },
        UpdateExpression:
          'SET #version = #version + :one, updatedAt = :at, available = available + :availableAdded, ' +
          `#held.#s${SLOT} = if_not_exists(#held.#s${SLOT}, :zero) + :h${SLOT}, expiredThrough = :expiredThrough ` +
          `REMOVE #held.#s${lapsed}`,
        ConditionExpression:
          'attribute_exists(pk) AND expiredThrough < :expiredThroughBelow AND #version = :version',
        ExpressionAttributeNames: {
          '#version': 'version',
          '#held': 'held',
          [`#s${SLOT}`]: `${SLOT}`,
          [`#s${lapsed}`]: `${lapsed}`,
        },
        ExpressionAttributeValues: {
          ':one': 1,
          ':at': AT,
          ':availableAdded': 1,
          ':zero': 0,
          [`:h${SLOT}`]: 3,
          ':expiredThrough': lapsed,
          ':expiredThroughBelow': SLOT,
          ':version': 7,
        },
      },
    });
  });

  test('without a fold carries no version: two holds do not exclude each other', () => {
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
    ['held', { heldMin: { [SLOT]: 3 } }, `#held.#s${SLOT} >= :min${SLOT}`, { [`:min${SLOT}`]: 3 }],
    [
      'expiredThroughBelow',
      { expiredThroughBelow: SLOT },
      'expiredThrough < :expiredThroughBelow',
      { ':expiredThroughBelow': SLOT },
    ],
    [
      'expiredThroughMin',
      { expiredThroughMin: SLOT },
      'expiredThrough >= :expiredThroughMin',
      { ':expiredThroughMin': SLOT },
    ],
    ['version', { version: 7 }, '#version = :version', { ':version': 7 }],
    // A version of 0 and a watermark of 0 are values like any other.
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
      'folded 0',
      { expiredThroughMin: 0 },
      'expiredThrough >= :expiredThroughMin',
      { ':expiredThroughMin': 0 },
    ],
  ])('is guarded by %s where the change says so', (_name, guard, condition, values) => {
    const update = updateOf({ guard });

    expect(update?.ConditionExpression).toBe(`attribute_exists(pk) AND ${condition}`);
    expect(update?.ExpressionAttributeValues).toEqual({ ':one': 1, ':at': AT, ...values });
  });

  test('without a guard must be there, and no more', () => {
    expect(updateOf({ available: 3 })?.ConditionExpression).toBe('attribute_exists(pk)');
  });

  test('keeps the manual adjustment, in a cell that is there and in one that it creates', () => {
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

  test('that does not move is not set: an unused value would be an error', () => {
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

  test('moves between two slots in one update, each with its own value', () => {
    const update = updateOf({ held: { [SLOT]: -3, [SLOT + 300]: 3 } });

    expect(update?.UpdateExpression).toBe(
      'SET #version = #version + :one, updatedAt = :at, ' +
        `#held.#s${SLOT} = if_not_exists(#held.#s${SLOT}, :zero) + :h${SLOT}, ` +
        `#held.#s${SLOT + 300} = if_not_exists(#held.#s${SLOT + 300}, :zero) + :h${SLOT + 300}`,
    );
    expect(update?.ExpressionAttributeValues).toMatchObject({
      [`:h${SLOT}`]: -3,
      [`:h${SLOT + 300}`]: 3,
    });
  });

  test('after folding several slots has the latest as its watermark', () => {
    const update = updateOf({ expiredBuckets: [60, 120, 180] });

    expect(update?.UpdateExpression).toContain(
      'expiredThrough = :expiredThrough REMOVE #held.#s60, #held.#s120, #held.#s180',
    );
    expect(update?.ExpressionAttributeValues).toMatchObject({ ':expiredThrough': 180 });
  });

  test('that is new is put whole, and must not be there yet', () => {
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
  test('of one cell are one item beside its balance, found by time and operation', () => {
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

  test('that are none are no item', () => {
    expect(toTransaction(aChange(), TABLE)).toHaveLength(1);
  });
});

describe('the marker', () => {
  const markedBy = (marker: Parameters<typeof aChange>[0]) =>
    toTransaction(aChange(marker), TABLE)[0]?.Put;

  test('comes first, must not be there for a new reservation, and tells what was there instead', () => {
    const after = aReservation();

    const put = markedBy({
      idempotencyRecord: { kind: 'reservation', after, expectedVersion: undefined },
    });

    expect(put).toEqual({
      TableName: TABLE,
      Item: {
        pk: 'RESERVATION#res-1',
        sk: 'RESERVATION',
        type: 'reservation',
        ...after,
        ttl: SLOT + 7 * DAY_SECONDS,
      },
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  });

  test('of a step must be at the version that was read', () => {
    const after = aReservation({ status: 'COMMITTED', version: 5 });

    const put = markedBy({ idempotencyRecord: { kind: 'reservation', after, expectedVersion: 4 } });

    expect(put).toMatchObject({
      ConditionExpression: '#version = :expected',
      ExpressionAttributeNames: { '#version': 'version' },
      ExpressionAttributeValues: { ':expected': 4 },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  });

  test('of an operation must not be there, and is kept for 400 days', () => {
    const operation = anOperationRecord();

    const put = markedBy({ idempotencyRecord: { kind: 'operation', operation } });

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
    ['HELD', SLOT + 7 * DAY_SECONDS],
    ['RELEASED', NOON_BUCKET + 7 * DAY_SECONDS],
    ['EXPIRED', NOON_BUCKET + 7 * DAY_SECONDS],
    ['FULFILLED', NOON_BUCKET + 400 * DAY_SECONDS],
    // Committed units belong to somebody for as long as they are not shipped.
    ['COMMITTED', undefined],
  ] as const)('of a reservation that is %s goes long after it was settled', (status, ttl) => {
    const put = markedBy({
      idempotencyRecord: {
        kind: 'reservation',
        after: aReservation({ status }),
        expectedVersion: 1,
      },
    });

    expect(put?.Item?.ttl).toBe(ttl);
  });
});

describe('the sku', () => {
  test.each([
    [undefined, { ConditionExpression: 'attribute_not_exists(pk)' }],
    [
      3,
      {
        ConditionExpression: '#version = :expected',
        ExpressionAttributeValues: { ':expected': 3 },
      },
    ],
  ])('comes last, at the version that was read: %s', (expectedVersion, condition) => {
    const after = aStockItem({ version: 4 });

    const actions = toTransaction(aChange({ stockItem: { after, expectedVersion } }), TABLE);

    expect(actions).toHaveLength(2);
    expect(actions[1]?.Put).toMatchObject({
      TableName: TABLE,
      Item: { pk: 'SKU#tea', sk: 'SKU', type: 'stockItem', ...after, listedSku: 'tea' },
      ...condition,
    });
  });
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
    ['with a fold in each cell', { [NOON_BUCKET]: 2 }, NOON + seconds(60)],
  ])(
    '%s is 51 actions: a marker, and for each line a balance and its movements',
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

describe('a change with marks', () => {
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

  test('has them behind its marker, each found by its cell, and none may be there', () => {
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
    ['with a marker and marks', change],
    ['with a marker', { ...change, entryRecords: [] }],
    ['with neither', aChange({ cells: change.cells })],
  ])('has its balances where they are looked for: %s', (_case, one) => {
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

describe('conflicts', () => {
  test('are added to those of before, beside what the change itself does', () => {
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

  test('are not mentioned where there were none', () => {
    expect(updateOf({ available: 1 })?.UpdateExpression).not.toContain('conflicts');
  });
});
