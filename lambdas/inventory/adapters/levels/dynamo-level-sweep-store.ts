import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Table } from '../../../shared/dynamodb/table.ts';
import type { LevelSweep } from '../../domain/stock/level-sweep.ts';
import type { LevelSweepStore } from '../../use-cases/ports.ts';
import { LEVEL_SWEEP_KEY } from '../book-items.ts';
import { levelSweepItem, toLevelSweep } from './level-records.ts';

export class DynamoLevelSweepStore implements LevelSweepStore {
  readonly #table: Table;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#table = new Table(client, tableName);
  }

  async find(): Promise<LevelSweep | undefined> {
    const [item] = await this.#table.getAll([LEVEL_SWEEP_KEY]);
    return item && toLevelSweep(item);
  }

  replace(after: LevelSweep): Promise<boolean> {
    return this.#table.putVersion(levelSweepItem(after), after.version);
  }
}
