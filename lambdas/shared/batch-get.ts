import { setTimeout as delay } from 'node:timers/promises';
import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { RetryLater } from './faults.ts';
import type { Item } from './stream-handler.ts';

/** BatchGetItem takes 100 keys. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const KEYS_MAX = 100;
const TRIES_MAX = 8;
const PAUSE_MILLISECONDS = 20;
const PAUSE_MILLISECONDS_MAX = 200;

/** Short, and random between 0 and its bound: many that wait for one item must not come back together. */
export const pause = (tried: number): Promise<void> =>
  delay(Math.random() * Math.min(PAUSE_MILLISECONDS * 2 ** tried, PAUSE_MILLISECONDS_MAX));

/** The items of the keys that exist, strongly consistent, in no order. What the table leaves out is asked for again. */
export async function getItems(
  client: DynamoDBDocumentClient,
  tableName: string,
  keys: readonly Readonly<Record<string, string>>[],
): Promise<Item[]> {
  const items: Item[] = [];
  for (let from = 0; from < keys.length; from += KEYS_MAX) {
    let open: Record<string, unknown>[] = keys.slice(from, from + KEYS_MAX).map((key) => ({ ...key }));
    for (let tried = 0; open.length > 0; tried += 1) {
      if (tried === TRIES_MAX) throw new RetryLater(`${open.length} items could not be read`);
      if (tried > 0) await pause(tried);
      const answer = await client.send(
        new BatchGetCommand({ RequestItems: { [tableName]: { Keys: open, ConsistentRead: true } } }),
      );
      items.push(...(answer.Responses?.[tableName] ?? []));
      open = answer.UnprocessedKeys?.[tableName]?.Keys ?? [];
    }
  }
  return items;
}
