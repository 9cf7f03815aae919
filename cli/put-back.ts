import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DescribeTableCommand,
  type DynamoDBClient,
  PutItemCommand,
  ResourceNotFoundException,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { Usage } from './client/where.ts';

type Item = Record<string, AttributeValue>;
type Asked = {
  /** The table that was restored beside the living one. */
  readonly from: string;
  readonly to: string;
  readonly isDry: boolean;
  readonly signal?: AbortSignal;
  /** Told now and then how many items were read. */
  readonly told?: (read: number) => void;
};

/** Items by what became of them. `differing` ones are left as the living table has them. */
export type PutBack = {
  readonly read: number;
  readonly same: number;
  readonly differing: number;
  readonly putBack: number;
};

/** BatchGetItem takes no more keys than this. */
const PAGE_ITEMS_MAX = 100;
const SEGMENTS = 4;
const UNPROCESSED_BACKOFF_MILLISECONDS = 100;

/**
 * Writes the items of one table that another lacks into it, and overwrites none: a condition on each keeps what was written meanwhile.
 * Twice is as good as once. Throws Usage where a table is not there, or their keys differ.
 */
export async function putBack(client: DynamoDBClient, asked: Asked): Promise<PutBack> {
  const keys = await keysOf(client, asked.to);
  if (!isDeepStrictEqual(keys, await keysOf(client, asked.from)))
    throw new Usage(`${asked.from} and ${asked.to} have different keys`);
  const total = { read: 0, same: 0, differing: 0, putBack: 0 };
  await Promise.all(
    Array.from({ length: SEGMENTS }, async (_, segment) => {
      for await (const items of pagesOf(client, asked, segment)) {
        for (const outcome of await treated(client, keys, items, asked)) total[outcome] += 1;
        total.read += items.length;
        asked.told?.(total.read);
      }
    }),
  );
  return total;
}

async function keysOf(client: DynamoDBClient, table: string): Promise<readonly string[]> {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
    return (Table?.KeySchema ?? []).map(({ AttributeName = '' }) => AttributeName);
  } catch (fault) {
    throw fault instanceof ResourceNotFoundException
      ? new Usage(`there is no table ${table}`)
      : fault;
  }
}

async function* pagesOf(client: DynamoDBClient, { from, signal }: Asked, segment: number) {
  let start: Item | undefined;
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: from,
        Limit: PAGE_ITEMS_MAX,
        Segment: segment,
        TotalSegments: SEGMENTS,
        ConsistentRead: true,
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      }),
    );
    if (page.Items !== undefined && page.Items.length > 0) yield page.Items;
    start = page.LastEvaluatedKey;
  } while (start !== undefined && signal?.aborted !== true);
}

async function treated(
  client: DynamoDBClient,
  keys: readonly string[],
  items: readonly Item[],
  { to, isDry }: Asked,
): Promise<readonly ('same' | 'differing' | 'putBack')[]> {
  const living = await livingOf(client, keys, items, to);
  return Promise.all(
    items.map(async (item) => {
      const there = living.get(nameOf(keys, item));
      if (there !== undefined) return isDeepStrictEqual(there, item) ? 'same' : 'differing';
      return isDry || (await wasPut(client, keys, item, to)) ? 'putBack' : 'differing';
    }),
  );
}

async function livingOf(
  client: DynamoDBClient,
  keys: readonly string[],
  items: readonly Item[],
  table: string,
): Promise<ReadonlyMap<string, Item>> {
  const found = new Map<string, Item>();
  let asked = items.map((item) => keyOf(keys, item));
  while (asked.length > 0) {
    const { Responses, UnprocessedKeys } = await client.send(
      new BatchGetItemCommand({ RequestItems: { [table]: { Keys: asked, ConsistentRead: true } } }),
    );
    for (const item of Responses?.[table] ?? []) found.set(nameOf(keys, item), item);
    asked = UnprocessedKeys?.[table]?.Keys ?? [];
    if (asked.length > 0) await delay(UNPROCESSED_BACKOFF_MILLISECONDS);
  }
  return found;
}

/** False where somebody wrote it in between. */
async function wasPut(
  client: DynamoDBClient,
  keys: readonly string[],
  item: Item,
  table: string,
): Promise<boolean> {
  try {
    await client.send(
      new PutItemCommand({
        TableName: table,
        Item: item,
        ConditionExpression: 'attribute_not_exists(#key)',
        ExpressionAttributeNames: { '#key': keys[0] ?? '' },
      }),
    );
    return true;
  } catch (fault) {
    if (fault instanceof ConditionalCheckFailedException) return false;
    throw fault;
  }
}

const keyOf = (keys: readonly string[], item: Item): Item =>
  Object.fromEntries(
    keys.flatMap((key) => {
      const value = item[key];
      return value === undefined ? [] : [[key, value]];
    }),
  );

const nameOf = (keys: readonly string[], item: Item): string =>
  JSON.stringify(keys.map((key) => item[key]));
