import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Item } from './item.ts';

/** Returns a function that reads an item by its key, strongly consistent. */
export const createItemReader =
  (client: DynamoDBDocumentClient, tableName: string) =>
  async (key: Item): Promise<Item | undefined> =>
    (await client.send(new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true })))
      .Item;
