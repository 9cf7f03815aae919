import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { BookState } from '../domain/decision.ts';
import type { Sku } from '../domain/sku.ts';
import type { SkuStore } from '../use-cases/ports.ts';
import type { DynamoStockStore } from './dynamo-stock-store.ts';
import { skuItem } from './stock-items.ts';

/** Writes a sku's record outside a change of the book: its `low` flag, which counts nothing. */
export class DynamoSkuStore implements SkuStore {
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;
  readonly #store: DynamoStockStore;

  constructor(client: DynamoDBDocumentClient, tableName: string, store: DynamoStockStore) {
    this.#client = client;
    this.#tableName = tableName;
    this.#store = store;
  }

  load(sku: string): Promise<BookState> {
    return this.#store.load({ sku });
  }

  async replace(after: Sku): Promise<boolean> {
    try {
      await this.#client.send(
        new PutCommand({
          TableName: this.#tableName,
          Item: { ...skuItem(after) },
          ConditionExpression: '#version = :before',
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: { ':before': after.version - 1 },
        }),
      );
      return true;
    } catch (fault) {
      if (fault instanceof ConditionalCheckFailedException) return false;
      throw fault;
    }
  }
}
