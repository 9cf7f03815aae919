import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { RetryLaterError } from '../core/errors.ts';
import { BACKOFF, backoff } from './backoff.ts';
import type { Item } from './item.ts';

type Key = Readonly<Record<string, string>>;

/**
 * Maximum number of keys of BatchGetItem.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
 */
const KEYS_MAX = 100;
const ATTEMPTS_MAX = 8;
/** Requests that are sent at the same time: 25 SKUs at 20 locations are up to 125 of them. */
const CONCURRENCY = 4;

export type BatchGetOptions = {
  /**
   * Consistency of the read. An eventually consistent one costs half the read units.
   * @default 'strong'
   */
  readonly consistency?: 'strong' | 'eventual';
  /** @default systemRandom, for the delay before a retry */
  readonly random?: () => number;
};

/**
 * Reads the items of the keys that exist, in no order. Retries keys that DynamoDB leaves
 * unprocessed. Throws RetryLaterError after 8 attempts.
 */
export async function batchGetItems(
  client: DynamoDBDocumentClient,
  tableName: string,
  keys: readonly Key[],
  options: BatchGetOptions = {},
): Promise<Item[]> {
  const chunks: (readonly Key[])[] = [];
  for (let from = 0; from < keys.length; from += KEYS_MAX)
    chunks.push(keys.slice(from, from + KEYS_MAX));
  const items: Item[] = [];
  const work = async (): Promise<void> => {
    for (let chunk = chunks.shift(); chunk !== undefined; chunk = chunks.shift())
      items.push(...(await readChunk(client, tableName, chunk, options)));
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, chunks.length) }, work));
  return items;
}

async function readChunk(
  client: DynamoDBDocumentClient,
  tableName: string,
  keys: readonly Key[],
  { consistency = 'strong', random }: BatchGetOptions,
): Promise<Item[]> {
  const items: Item[] = [];
  let pendingKeys: Record<string, unknown>[] = keys.map((key) => ({ ...key }));
  for (let attempt = 0; pendingKeys.length > 0; attempt += 1) {
    if (attempt === ATTEMPTS_MAX)
      throw new RetryLaterError(`${pendingKeys.length} items could not be read`);
    if (attempt > 0) await backoff(attempt, BACKOFF.sameItems, random);
    const response = await client.send(
      new BatchGetCommand({
        RequestItems: {
          [tableName]: { Keys: pendingKeys, ConsistentRead: consistency === 'strong' },
        },
      }),
    );
    items.push(...(response.Responses?.[tableName] ?? []));
    pendingKeys = response.UnprocessedKeys?.[tableName]?.Keys ?? [];
  }
  return items;
}
