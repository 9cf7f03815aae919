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
import { UserError } from '../local/errors.ts';

type Item = Record<string, AttributeValue>;
type RestoreOptions = {
  /** Table that was restored from a backup. */
  readonly from: string;
  readonly to: string;
  readonly isDryRun: boolean;
  readonly signal?: AbortSignal;
  /** Receives the number of items read, from time to time. */
  readonly onProgress?: (read: number) => void;
};

/** Numbers of items by outcome. A `different` item keeps the value of the target table. */
export type RestoreResult = {
  readonly read: number;
  readonly identical: number;
  readonly different: number;
  readonly restored: number;
};

/** Maximum number of keys in a BatchGetItem. */
const PAGE_ITEMS_MAX = 100;
const SEGMENTS = 4;
const UNPROCESSED_BACKOFF_MILLISECONDS = 100;

/**
 * Copies the items that a table lacks from another table. Overwrites nothing: a condition on each
 * write keeps items that were written meanwhile, so it can be repeated. Throws a UserError when a
 * table does not exist, or when their keys differ.
 */
export async function restoreItems(
  client: DynamoDBClient,
  options: RestoreOptions,
): Promise<RestoreResult> {
  const keys = await keyAttributesOf(client, options.to);
  if (!isDeepStrictEqual(keys, await keyAttributesOf(client, options.from)))
    throw new UserError(`${options.from} and ${options.to} have different keys.`);
  const result = { read: 0, identical: 0, different: 0, restored: 0 };
  await Promise.all(
    Array.from({ length: SEGMENTS }, async (_, segment) => {
      for await (const items of pagesOf(client, options, segment)) {
        for (const outcome of await restorePage(client, keys, items, options)) result[outcome] += 1;
        result.read += items.length;
        options.onProgress?.(result.read);
      }
    }),
  );
  return result;
}

async function keyAttributesOf(client: DynamoDBClient, table: string): Promise<readonly string[]> {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
    return (Table?.KeySchema ?? []).map(({ AttributeName = '' }) => AttributeName);
  } catch (error) {
    throw error instanceof ResourceNotFoundException
      ? new UserError(`There is no table ${table}.`)
      : error;
  }
}

async function* pagesOf(client: DynamoDBClient, { from, signal }: RestoreOptions, segment: number) {
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

async function restorePage(
  client: DynamoDBClient,
  keys: readonly string[],
  items: readonly Item[],
  { to, isDryRun }: RestoreOptions,
): Promise<readonly ('identical' | 'different' | 'restored')[]> {
  const existing = await readExisting(client, keys, items, to);
  return Promise.all(
    items.map(async (item) => {
      const current = existing.get(keyTextOf(keys, item));
      if (current !== undefined)
        return isDeepStrictEqual(current, item) ? 'identical' : 'different';
      return isDryRun || (await putIfAbsent(client, keys, item, to)) ? 'restored' : 'different';
    }),
  );
}

async function readExisting(
  client: DynamoDBClient,
  keys: readonly string[],
  items: readonly Item[],
  table: string,
): Promise<ReadonlyMap<string, Item>> {
  const found = new Map<string, Item>();
  let pendingKeys = items.map((item) => keyOf(keys, item));
  while (pendingKeys.length > 0) {
    const { Responses, UnprocessedKeys } = await client.send(
      new BatchGetItemCommand({
        RequestItems: { [table]: { Keys: pendingKeys, ConsistentRead: true } },
      }),
    );
    for (const item of Responses?.[table] ?? []) found.set(keyTextOf(keys, item), item);
    pendingKeys = UnprocessedKeys?.[table]?.Keys ?? [];
    if (pendingKeys.length > 0) await delay(UNPROCESSED_BACKOFF_MILLISECONDS);
  }
  return found;
}

/** Writes an item. Returns false when the table has an item with this key by now. */
async function putIfAbsent(
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
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

const keyOf = (keys: readonly string[], item: Item): Item =>
  Object.fromEntries(
    keys.flatMap((key) => {
      const value = item[key];
      return value === undefined ? [] : [[key, value]];
    }),
  );

const keyTextOf = (keys: readonly string[], item: Item): string =>
  JSON.stringify(keys.map((key) => item[key]));
