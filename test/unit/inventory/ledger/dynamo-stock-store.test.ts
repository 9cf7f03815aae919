import { type CancellationReason, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, test } from 'vitest';
import { DynamoStockStore } from '../../../../lambdas/inventory/adapters/dynamo-stock-store.ts';
import { mainCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { aCellChange, aChange, aMovement, aReservation } from '../../../support/inventory.ts';

/** A table whose answer to every write is this error. DynamoDB Local never conflicts and never throttles. */
const storeThatThrows = (error: unknown): DynamoStockStore => {
  const client = { send: () => Promise.reject(error) };
  // Only `send` is used of a client.
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
    'for %s finds the book busy',
    async (Code) => {
      expect(await storeThatThrows(transactionCanceled(NONE, { Code })).apply(aChange())).toEqual({
        outcome: 'busy',
        contendedSkus: [],
      });
    },
  );

  test('for a conflict names the cells in which it was, whatever comes before them', async () => {
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
    ['behind a conflict', [CONFLICT, NONE, CONDITION]],
    ['before a conflict', [CONDITION, CONFLICT]],
  ])('for a condition %s is refused: the book has moved on', async (_where, reasons) => {
    expect(await storeThatThrows(transactionCanceled(...reasons)).apply(aChange())).toEqual({
      outcome: 'conditionFailed',
    });
  });

  test('tells the marker that was there, if it was its condition', async () => {
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

  test('or may have been, for all that is known, is busy: the next try finds its marker', async () => {
    const lost = Object.assign(new Error('no answer'), { name: 'TimeoutError' });

    expect(await storeThatThrows(lost).apply(aChange())).toEqual({ outcome: 'busy' });
  });

  test('for any other reason is a error', async () => {
    await expect(
      storeThatThrows(transactionCanceled(NONE, { Code: 'ValidationError' })).apply(aChange()),
    ).rejects.toThrow('cancelled');
    await expect(storeThatThrows(new Error('a bug')).apply(aChange())).rejects.toThrow('a bug');
  });
});
