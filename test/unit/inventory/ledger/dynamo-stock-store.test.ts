import { type CancellationReason, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, test } from 'vitest';
import { DynamoStockStore } from '../../../../lambdas/inventory/adapters/dynamo-stock-store.ts';
import { mainCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { aCellChange, aChange, aMovement, aReservation } from '../../../support/inventory.ts';

/**
 * Returns a store whose every write fails with this error. DynamoDB Local never conflicts and never
 * throttles.
 */
const storeThatThrows = (error: unknown): DynamoStockStore => {
  const client = { send: () => Promise.reject(error) };
  // The store calls only `send` of the client.
  return new DynamoStockStore(client as unknown as DynamoDBDocumentClient, 'inventory');
};
const transactionCanceled = (...reasons: readonly CancellationReason[]) =>
  new TransactionCanceledException({
    message: 'cancelled',
    $metadata: {},
    CancellationReasons: [...reasons],
  });

const NONE = { Code: 'None' };
const CONFLICT = { Code: 'TransactionConflict' };
const CONDITION = { Code: 'ConditionalCheckFailed' };

describe('a transaction that was not written', () => {
  test.each(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'])(
    'because of %s returns busy',
    async (Code) => {
      expect(await storeThatThrows(transactionCanceled(NONE, { Code })).apply(aChange())).toEqual({
        outcome: 'busy',
        contendedSkus: [],
      });
    },
  );

  test('because of conflicts returns their cells, whatever precedes those in the transaction', async () => {
    const change = aChange({
      idempotencyRecord: { kind: 'reservation', after: aReservation(), expectedVersion: undefined },
      cells: [
        aCellChange({ movements: [aMovement()] }),
        aCellChange({ cell: mainCellKey('cup') }),
        aCellChange({ cell: mainCellKey('pot'), movements: [aMovement()] }),
      ],
    });
    const inMarker = transactionCanceled(CONFLICT, NONE, NONE, NONE, NONE, NONE);
    const inCupAndPot = transactionCanceled(
      NONE,
      NONE,
      NONE,
      CONFLICT,
      { Code: 'ThrottlingError' },
      NONE,
    );

    expect(await storeThatThrows(inMarker).apply(change)).toEqual({
      outcome: 'busy',
      contendedSkus: [],
    });
    expect(await storeThatThrows(inCupAndPot).apply(change)).toEqual({
      outcome: 'busy',
      contendedSkus: ['cup', 'pot'],
    });
  });

  test.each([
    ['alone', [NONE, CONDITION]],
    ['after a conflict', [CONFLICT, NONE, CONDITION]],
    ['before a conflict', [CONDITION, CONFLICT]],
  ])('because of a condition (%s) returns conditionFailed', async (_where, reasons) => {
    expect(await storeThatThrows(transactionCanceled(...reasons)).apply(aChange())).toEqual({
      outcome: 'conditionFailed',
    });
  });

  test('returns the existing record when its condition failed', async () => {
    const reservation = aReservation();
    const Item = marshall({
      pk: 'RESERVATION#res-1',
      sk: 'RESERVATION',
      type: 'reservation',
      ...reservation,
    });

    expect(
      await storeThatThrows(transactionCanceled({ ...CONDITION, Item }, NONE)).apply(aChange()),
    ).toEqual({
      outcome: 'conditionFailed',
      reservation,
    });
    expect(
      await storeThatThrows(transactionCanceled(NONE, { ...CONDITION, Item })).apply(aChange()),
    ).toEqual({
      outcome: 'conditionFailed',
    });
  });

  test('with an unknown outcome returns busy, because the next attempt finds its record', async () => {
    const lost = Object.assign(new Error('no response'), { name: 'TimeoutError' });

    expect(await storeThatThrows(lost).apply(aChange())).toEqual({ outcome: 'busy' });
  });

  test('for any other reason throws', async () => {
    await expect(
      storeThatThrows(transactionCanceled(NONE, { Code: 'ValidationError' })).apply(aChange()),
    ).rejects.toThrow('cancelled');
    await expect(storeThatThrows(new Error('a bug')).apply(aChange())).rejects.toThrow('a bug');
  });
});
