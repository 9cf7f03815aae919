import { setTimeout as delay } from 'node:timers/promises';
import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { RetryLater } from '../core/faults.ts';
import type { Item } from '../events/stream-handler.ts';

/** BatchGetItem takes 100 keys. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const KEYS_MAX = 100;
const TRIES_MAX = 8;
type Bounds = { readonly firstMilliseconds: number; readonly lastMilliseconds: number };
/** Before the same items are asked for again. */
const SAME: Bounds = { firstMilliseconds: 20, lastMilliseconds: 200 };
/**
 * Before other items are: to wait long is to leave these idle. With these, by npm run bench:hot, 64 buyers of 10 cells take a fifth more than
 * with the others, and the slowest in a hundred less than half the time; more of a larger crowd is told to come again.
 */
const ELSEWHERE: Bounds = { firstMilliseconds: 3, lastMilliseconds: 60 };

/** Short, and random between 0 and its bound: many that wait for one item must not come back together. */
export const pause = (tried: number, isElsewhere = false): Promise<void> => {
  const { firstMilliseconds, lastMilliseconds } = isElsewhere ? ELSEWHERE : SAME;
  return delay(Math.random() * Math.min(firstMilliseconds * 2 ** tried, lastMilliseconds));
};

/** The items of the keys that exist, strongly consistent, in no order. What the table leaves out is asked for again. */
export async function getItems(
  client: DynamoDBDocumentClient,
  tableName: string,
  keys: readonly Readonly<Record<string, string>>[],
): Promise<Item[]> {
  const items: Item[] = [];
  for (let from = 0; from < keys.length; from += KEYS_MAX) {
    let open: Record<string, unknown>[] = keys
      .slice(from, from + KEYS_MAX)
      .map((key) => ({ ...key }));
    for (let tried = 0; open.length > 0; tried += 1) {
      if (tried === TRIES_MAX) throw new RetryLater(`${open.length} items could not be read`);
      if (tried > 0) await pause(tried);
      const answer = await client.send(
        new BatchGetCommand({
          RequestItems: { [tableName]: { Keys: open, ConsistentRead: true } },
        }),
      );
      items.push(...(answer.Responses?.[tableName] ?? []));
      open = answer.UnprocessedKeys?.[tableName]?.Keys ?? [];
    }
  }
  return items;
}
