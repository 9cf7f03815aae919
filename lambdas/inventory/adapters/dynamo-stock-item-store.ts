import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { putVersion } from '../../shared/dynamodb/put-version.ts';
import type { BookState } from '../domain/ledger/decision.ts';
import type { StockItem } from '../domain/ledger/stock-item.ts';
import type { StockItemStore } from '../use-cases/ports.ts';
import { skuItem } from './book-items.ts';
import type { DynamoStockStore } from './dynamo-stock-store.ts';

/** Writes a sku's record outside a change of the book: its `low` flag, which counts nothing. */
export class DynamoStockItemStore implements StockItemStore {
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;
  readonly #store: DynamoStockStore;

  constructor(client: DynamoDBDocumentClient, tableName: string, store: DynamoStockStore) {
    this.#client = client;
    this.#tableName = tableName;
    this.#store = store;
  }

  async find(sku: string): Promise<StockItem | undefined> {
    return (await this.#store.load({ records: [sku] })).skus?.get(sku);
  }

  load(sku: string): Promise<BookState> {
    return this.#store.load({ sku });
  }

  replace(after: StockItem): Promise<boolean> {
    return putVersion(this.#client, this.#tableName, { ...skuItem(after) }, after.version);
  }
}
