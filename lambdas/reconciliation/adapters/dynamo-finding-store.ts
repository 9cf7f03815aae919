import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { FindingStatus } from '../../contracts/reconciliation-api.ts';
import type { Page, PageRequest } from '../../shared/core/page.ts';
import { putVersion } from '../../shared/dynamodb/put-version.ts';
import { skipUnreadable } from '../../shared/dynamodb/read-record.ts';
import type { Count } from '../domain/count.ts';
import type { Finding } from '../domain/finding.ts';
import type { CountStore, FindingStore } from '../use-cases/ports.ts';
import { type ListedTable, queryList } from './query-list.ts';
import {
  countItem,
  countKey,
  findingItem,
  findingKey,
  findingList,
  type Key,
} from './reconciliation-items.ts';
import { toCount, toFinding } from './reconciliation-records.ts';

const consistentGet = (TableName: string, Key: Key) =>
  new GetCommand({ TableName, Key, ConsistentRead: true });

export class DynamoFindingStore implements FindingStore {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: ListedTable;

  constructor(client: DynamoDBDocumentClient, table: ListedTable) {
    this.#client = client;
    this.#table = table;
  }

  async get(findingId: string): Promise<Finding | undefined> {
    const { Item } = await this.#client.send(
      consistentGet(this.#table.name, findingKey(findingId)),
    );
    return Item && toFinding(Item);
  }

  save(finding: Finding): Promise<boolean> {
    return putVersion(this.#client, this.#table.name, findingItem(finding), finding.version);
  }

  async list(status: FindingStatus, request: PageRequest): Promise<Page<Finding>> {
    const page = await queryList(this.#client, this.#table, findingList(status), request);
    return { ...page, items: skipUnreadable(page.items, toFinding) };
  }
}

export class DynamoCountStore implements CountStore {
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#client = client;
    this.#tableName = tableName;
  }

  async get(countId: string): Promise<Count | undefined> {
    const { Item } = await this.#client.send(consistentGet(this.#tableName, countKey(countId)));
    return Item && toCount(Item);
  }

  save(count: Count): Promise<boolean> {
    return putVersion(this.#client, this.#tableName, countItem(count), count.version);
  }
}
