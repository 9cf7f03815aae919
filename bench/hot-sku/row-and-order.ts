import { setTimeout as delay } from 'node:timers/promises';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { Outcome } from './purchases.ts';

type Taking = {
  readonly tableName: string;
  /** Of the row, or shard, whose `available` is taken from. */
  readonly key: Readonly<Record<string, string>>;
  readonly quantity: number;
  readonly order: Readonly<Record<string, unknown>>;
  readonly backoff: { readonly firstMilliseconds: number; readonly lastMilliseconds: number };
};

const TRIES_MAX = 8;

/** A row under its condition, for the baselines. */
export const takeFrom = ({
  tableName,
  key,
  quantity,
}: Pick<Taking, 'tableName' | 'key' | 'quantity'>) => ({
  TableName: tableName,
  Key: { ...key },
  UpdateExpression: 'SET available = available - :quantity',
  ConditionExpression: 'available >= :quantity',
  ExpressionAttributeValues: { ':quantity': quantity },
});

/** The row and an order's record in one transaction, tried 8 times with full jitter; `shed` when it stayed busy. */
export async function takeWithOrder(
  client: DynamoDBDocumentClient,
  taking: Taking,
): Promise<Outcome> {
  const { tableName, order, backoff } = taking;
  for (let tried = 0; tried < TRIES_MAX; tried += 1) {
    if (tried > 0)
      await delay(
        Math.random() * Math.min(backoff.firstMilliseconds * 2 ** tried, backoff.lastMilliseconds),
      );
    try {
      await client.send(
        new TransactWriteCommand({
          TransactItems: [
            { Update: takeFrom(taking) },
            {
              Put: {
                TableName: tableName,
                Item: { ...order },
                ConditionExpression: 'attribute_not_exists(pk)',
              },
            },
          ],
        }),
      );
      return 'held';
    } catch (fault) {
      if (!(fault instanceof TransactionCanceledException)) throw fault;
      const codes = (fault.CancellationReasons ?? []).map(({ Code }) => Code);
      if (codes.includes('ConditionalCheckFailed')) return 'soldOut';
    }
  }
  return 'shed';
}
