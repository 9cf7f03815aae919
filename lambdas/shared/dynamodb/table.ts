import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Page } from '../core/page.ts';
import { systemRandom } from '../core/random.ts';
import { type BatchGetOptions, batchGetItems } from './batch-get.ts';
import { type Item, toItem } from './item.ts';
import { type ScanSegment, scanSegment } from './scan-segment.ts';

/** Partition key and sort key; all tables use the same names. */
export type Key = { readonly pk: string; readonly sk: string };

/**
 * A DynamoDB table: its name, its client, and the operations that every adapter needs.
 */
export class Table {
  readonly client: DynamoDBDocumentClient;
  readonly name: string;
  readonly #random: () => number;

  constructor(client: DynamoDBDocumentClient, name: string, random: () => number = systemRandom) {
    this.client = client;
    this.name = name;
    this.#random = random;
  }

  /** Reads an item, strongly consistent. Returns undefined if there is none. */
  async get(key: Key): Promise<Item | undefined> {
    const command = new GetCommand({ TableName: this.name, Key: key, ConsistentRead: true });
    return (await this.client.send(command)).Item;
  }

  /**
   * Reads the items of the keys that exist, in no order and by default strongly consistent. No key
   * may occur twice.
   */
  getAll(
    keys: readonly Key[],
    options: Pick<BatchGetOptions, 'consistency'> = {},
  ): Promise<Item[]> {
    return batchGetItems(this.client, this.name, keys, { ...options, random: this.#random });
  }

  /** Reads a page of one segment of a parallel scan, strongly consistent and in no order. */
  scanSegment(segment: ScanSegment): Promise<Page<Item>> {
    return scanSegment(this.client, this.name, segment);
  }

  /**
   * Writes version `version` of a record over the previous version (none, for version 1). Returns
   * false, without a write, if another version is stored.
   */
  putVersion(item: Item, version: number): Promise<boolean> {
    const condition =
      version === 1
        ? { ConditionExpression: 'attribute_not_exists(pk)' }
        : {
            ConditionExpression: '#version = :before',
            ExpressionAttributeNames: { '#version': 'version' },
            ExpressionAttributeValues: { ':before': version - 1 },
          };
    return unlessConditionFails(
      this.client.send(new PutCommand({ TableName: this.name, Item: item, ...condition })),
    );
  }

  /**
   * Writes a new item and returns undefined. If an item with its key exists, returns that item
   * without a write.
   */
  async putIfAbsent(item: Item): Promise<Item | undefined> {
    try {
      await this.client.send(
        new PutCommand({
          TableName: this.name,
          Item: item,
          ConditionExpression: 'attribute_not_exists(pk)',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return undefined;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException && error.Item) return toItem(error.Item);
      throw error;
    }
  }
}

/**
 * Waits for a conditional write. Returns false if its condition was not met. Throws any other
 * error.
 */
export async function unlessConditionFails(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
