import { type DynamoDBDocumentClient, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { Sku } from '../../contracts/primitives.ts';
import type { Page, PageRequest } from '../../shared/core/page.ts';
import { skipUnreadable } from '../../shared/dynamodb/read-record.ts';
import { Table } from '../../shared/dynamodb/table.ts';
import { parseCursor, toCursor } from '../../shared/http/cursor.ts';
import type { Product } from '../domain/place-order.ts';
import type { ProductStore } from '../use-cases/ports.ts';
import { productItem, productKey } from './order-items.ts';
import { toListedProduct, toProduct } from './order-records.ts';

const Position = z.strictObject({ sku: Sku });

export class DynamoProductStore implements ProductStore {
  readonly #table: Table;
  readonly #productIndex: string;

  constructor(client: DynamoDBDocumentClient, table: { name: string; productIndex: string }) {
    this.#table = new Table(client, table.name);
    this.#productIndex = table.productIndex;
  }

  async put(product: Product): Promise<void> {
    await this.#table.client.send(
      new PutCommand({ TableName: this.#table.name, Item: productItem(product) }),
    );
  }

  async getAll(skus: readonly string[]): Promise<readonly Product[]> {
    return (await this.#table.getAll(skus.map(productKey))).map(toProduct);
  }

  async list({ limit, cursor }: PageRequest): Promise<Page<Product>> {
    const position = parseCursor(Position, cursor);
    const page = await this.#table.client.send(
      new ScanCommand({
        TableName: this.#table.name,
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
