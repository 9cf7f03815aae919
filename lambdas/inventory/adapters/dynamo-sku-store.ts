import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { putVersion } from '../../shared/dynamodb/put-version.ts';
import type { BookState } from '../domain/ledger/decision.ts';
import type { Sku } from '../domain/ledger/sku.ts';
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

  async record(sku: string): Promise<Sku | undefined> {
    return (await this.#store.load({ records: [sku] })).skus?.get(sku);
  }

  load(sku: string): Promise<BookState> {
    return this.#store.load({ sku });
  }

  replace(after: Sku): Promise<boolean> {
    return putVersion(this.#client, this.#tableName, { ...skuItem(after) }, after.version);
  }
}
