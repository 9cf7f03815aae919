import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { skipUnreadable } from '../../../shared/dynamodb/read-record.ts';
import { Table } from '../../../shared/dynamodb/table.ts';
import type { StockLevel } from '../../domain/stock/stock-level.ts';
import type { StockLevelStore } from '../../use-cases/ports.ts';
import { stockLevelKey } from '../book-items.ts';
import { stockLevelItem, toStockLevel } from './level-records.ts';

export class DynamoStockLevelStore implements StockLevelStore {
  readonly #table: Table;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#table = new Table(client, tableName);
  }

  /** Throws UnreadableRecordError if one of the records cannot be read. */
  async read(skus: readonly string[]): Promise<ReadonlyMap<string, StockLevel>> {
    return bySku((await this.#table.getAll(keysOf(skus))).map(toStockLevel));
  }

  async readForDisplay(skus: readonly string[]): Promise<ReadonlyMap<string, StockLevel>> {
    const items = await this.#table.getAll(keysOf(skus), { consistency: 'eventual' });
    return bySku(skipUnreadable(items, toStockLevel));
  }

  replace(after: StockLevel): Promise<boolean> {
    return this.#table.putVersion(stockLevelItem(after), after.version);
  }
}

const keysOf = (skus: readonly string[]) => [...new Set(skus)].map(stockLevelKey);
const bySku = (levels: readonly StockLevel[]): ReadonlyMap<string, StockLevel> =>
  new Map(levels.map((level) => [level.sku, level]));
