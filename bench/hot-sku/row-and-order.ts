import { setTimeout as delay } from 'node:timers/promises';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { Outcome } from './purchase.ts';

type TakeRequest = {
  readonly tableName: string;
  /** Key of the row, or shard, whose `available` is decreased. */
  readonly key: Readonly<Record<string, string>>;
  readonly quantity: number;
  readonly order: Readonly<Record<string, unknown>>;
  readonly backoff: { readonly firstMilliseconds: number; readonly lastMilliseconds: number };
};

const ATTEMPTS_MAX = 8;

/** Returns a conditional update of a row, for the baselines. */
export const toTakeUpdate = ({
  tableName,
  key,
  quantity,
}: Pick<TakeRequest, 'tableName' | 'key' | 'quantity'>) => ({
  TableName: tableName,
  Key: { ...key },
  UpdateExpression: 'SET available = available - :quantity',
  ConditionExpression: 'available >= :quantity',
  ExpressionAttributeValues: { ':quantity': quantity },
});

/**
 * Writes the row and an order's record in one transaction, with up to 8 attempts and full jitter;
 * returns `shed` if it stayed busy.
 */
export async function takeWithOrder(
  client: DynamoDBDocumentClient,
  request: TakeRequest,
): Promise<Outcome> {
  const { tableName, order, backoff } = request;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    if (attempt > 0)
      await delay(
        Math.random() *
          Math.min(backoff.firstMilliseconds * 2 ** attempt, backoff.lastMilliseconds),
      );
    try {
      await client.send(
        new TransactWriteCommand({
          TransactItems: [
            { Update: toTakeUpdate(request) },
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
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code);
      if (codes.includes('ConditionalCheckFailed')) return 'soldOut';
    }
  }
  return 'shed';
}
