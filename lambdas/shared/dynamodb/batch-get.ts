import { setTimeout as delay } from 'node:timers/promises';
import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { RetryLaterError } from '../core/errors.ts';
import type { Item } from '../events/stream-handler.ts';

/** BatchGetItem takes 100 keys. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const KEYS_MAX = 100;
const ATTEMPTS_MAX = 8;
type BackoffBounds = { readonly firstMilliseconds: number; readonly lastMilliseconds: number };
/** Before the same items are asked for again. */
const SAME_ITEMS: BackoffBounds = { firstMilliseconds: 20, lastMilliseconds: 200 };
/**
 * Before other items are: to wait long is to leave these idle. With these, by npm run bench:hot, 64 buyers of 10 cells take a fifth more than
 * with the others, and the slowest in a hundred less than half the time; more of a larger crowd is told to come again.
 */
const OTHER_ITEMS: BackoffBounds = { firstMilliseconds: 3, lastMilliseconds: 60 };

/** Short, and random between 0 and its bound: many that wait for one item must not come back together. */
export const backoff = (attempt: number, readsOtherItems = false): Promise<void> => {
  const { firstMilliseconds, lastMilliseconds } = readsOtherItems ? OTHER_ITEMS : SAME_ITEMS;
  return delay(Math.random() * Math.min(firstMilliseconds * 2 ** attempt, lastMilliseconds));
};

/** The items of the keys that exist, strongly consistent, in no order. What the table leaves out is asked for again. */
export async function batchGetItems(
  client: DynamoDBDocumentClient,
  tableName: string,
  keys: readonly Readonly<Record<string, string>>[],
): Promise<Item[]> {
  const items: Item[] = [];
  for (let from = 0; from < keys.length; from += KEYS_MAX) {
    let pendingKeys: Record<string, unknown>[] = keys
      .slice(from, from + KEYS_MAX)
      .map((key) => ({ ...key }));
    for (let attempt = 0; pendingKeys.length > 0; attempt += 1) {
      if (attempt === ATTEMPTS_MAX)
        throw new RetryLaterError(`${pendingKeys.length} items could not be read`);
      if (attempt > 0) await backoff(attempt);
      const response = await client.send(
        new BatchGetCommand({
          RequestItems: { [tableName]: { Keys: pendingKeys, ConsistentRead: true } },
        }),
      );
      items.push(...(response.Responses?.[tableName] ?? []));
      pendingKeys = response.UnprocessedKeys?.[tableName]?.Keys ?? [];
    }
  }
  return items;
}
