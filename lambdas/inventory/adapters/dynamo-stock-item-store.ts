import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { putVersion } from '../../shared/dynamodb/put-version.ts';
import type { StockItem } from '../domain/ledger/stock-item.ts';
import type { StockItemStore } from '../use-cases/ports.ts';
import { skuItem } from './book-items.ts';

/** Writes the record of a SKU outside a change of the book: its low flag and its shard proposal, which count no units. */
export class DynamoStockItemStore implements StockItemStore {
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#client = client;
    this.#tableName = tableName;
  }

  replace(after: StockItem): Promise<boolean> {
    return putVersion(this.#client, this.#tableName, { ...skuItem(after) }, after.version);
  }
}
