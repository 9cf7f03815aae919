import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Item } from './item.ts';
import { type Key, Table } from './table.ts';

/** Returns a function that reads an item by its key, strongly consistent. */
export function createItemReader(
  client: DynamoDBDocumentClient,
  tableName: string,
): (key: Item) => Promise<Item | undefined> {
  const table = new Table(client, tableName);
  // The keys of a stream record are those of its table.
  return (key) => table.get(key as Key);
}
