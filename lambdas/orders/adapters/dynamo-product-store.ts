import { type DynamoDBDocumentClient, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { Sku } from '../../contracts/primitives.ts';
import type { Page, PageRequest } from '../../shared/core/page.ts';
import { batchGetItems } from '../../shared/dynamodb/batch-get.ts';
import { skipUnreadable } from '../../shared/dynamodb/read-record.ts';
import { parseCursor, toCursor } from '../../shared/http/cursor.ts';
import type { Product } from '../domain/place-order.ts';
import type { ProductStore } from '../use-cases/ports.ts';
import { productItem, productKey } from './order-items.ts';
import { toListedProduct, toProduct } from './order-records.ts';

const Position = z.strictObject({ sku: Sku });

export class DynamoProductStore implements ProductStore {
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;
  readonly #productIndex: string;

  constructor(client: DynamoDBDocumentClient, table: { name: string; productIndex: string }) {
    this.#client = client;
    this.#tableName = table.name;
    this.#productIndex = table.productIndex;
  }

  async put(product: Product): Promise<void> {
    await this.#client.send(
      new PutCommand({ TableName: this.#tableName, Item: productItem(product) }),
    );
  }

  async getAll(skus: readonly string[]): Promise<readonly Product[]> {
    return (await batchGetItems(this.#client, this.#tableName, skus.map(productKey))).map(
      toProduct,
    );
  }

  async list({ limit, cursor }: PageRequest): Promise<Page<Product>> {
    const position = parseCursor(Position, cursor);
    const page = await this.#client.send(
      new ScanCommand({
        TableName: this.#tableName,
        IndexName: this.#productIndex,
        Limit: limit,
        ...(position && {
          ExclusiveStartKey: { ...productKey(position.sku), listedProduct: position.sku },
        }),
      }),
    );
    const last = page.LastEvaluatedKey?.listedProduct;
    return {
      items: skipUnreadable(page.Items ?? [], toListedProduct),
      ...(last === undefined ? {} : { cursor: toCursor({ sku: last }) }),
    };
  }
}
