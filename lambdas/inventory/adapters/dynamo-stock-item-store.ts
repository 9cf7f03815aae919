import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Table } from '../../shared/dynamodb/table.ts';
import type { StockItem } from '../domain/ledger/stock-item.ts';
import type { StockItemStore } from '../use-cases/ports.ts';
import { skuItem } from './book-items.ts';

/**
 * Writes a SKU's low flag and its shard proposal. They count no units, so they need no change of
 * the book.
 */
export class DynamoStockItemStore implements StockItemStore {
  readonly #table: Table;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#table = new Table(client, tableName);
  }

  replace(after: StockItem): Promise<boolean> {
    return this.#table.putVersion(skuItem(after), after.version);
  }
}
