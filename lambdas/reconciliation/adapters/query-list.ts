import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { Page, PageRequest } from '../../shared/core/page.ts';
import type { Item } from '../../shared/dynamodb/item.ts';
import type { Table } from '../../shared/dynamodb/table.ts';
import { parseCursor, toCursor } from '../../shared/http/cursor.ts';

/** Limit of a key in a cursor: above all keys of this table, below DynamoDB's limit. */
const KEY_CHARACTERS_MAX = 512;
const KeyText = z.string().check(z.maxLength(KEY_CHARACTERS_MAX));
const Position = z.strictObject({ pk: KeyText, sk: KeyText, listedAt: KeyText });

/** Returns a page of one list, newest first. The index lists the keys; the table has the items. */
export async function queryList(
  table: Table,
  listIndex: string,
  list: string,
  { limit, cursor }: PageRequest,
): Promise<Page<Item>> {
  const position = parseCursor(Position, cursor);
  const page = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      IndexName: listIndex,
      KeyConditionExpression: '#list = :list',
      ExpressionAttributeNames: { '#list': 'list' },
      ExpressionAttributeValues: { ':list': list },
      ScanIndexForward: false,
      Limit: limit,
      ...(position && { ExclusiveStartKey: { ...position, list } }),
    }),
  );
  const keys = (page.Items ?? []).map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) }));
  const itemsByKey = new Map((await table.getAll(keys)).map((item) => [String(item.pk), item]));
  const items = keys.flatMap(({ pk }) => {
    const item = itemsByKey.get(pk);
    // The index is eventually consistent: an item may have left the list since.
    return item === undefined || item.list !== list ? [] : [item];
  });
  const last = page.LastEvaluatedKey;
  return {
    items,
    ...(last === undefined
      ? {}
      : { cursor: toCursor({ pk: last.pk, sk: last.sk, listedAt: last.listedAt }) }),
  };
}
