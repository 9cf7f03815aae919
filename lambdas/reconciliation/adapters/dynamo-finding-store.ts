import type { FindingStatus } from '../../contracts/api/reconciliation.ts';
import type { Page, PageRequest } from '../../shared/core/page.ts';
import { skipUnreadable } from '../../shared/dynamodb/read-record.ts';
import type { Table } from '../../shared/dynamodb/table.ts';
import type { Count } from '../domain/counts/count.ts';
import type { Finding } from '../domain/finding.ts';
import type { CountStore, FindingStore } from '../use-cases/ports.ts';
import { queryList } from './query-list.ts';
import {
  countItem,
  countKey,
  findingItem,
  findingKey,
  findingList,
} from './reconciliation-items.ts';
import { toCount, toFinding } from './reconciliation-records.ts';

export class DynamoFindingStore implements FindingStore {
  readonly #table: Table;
  readonly #listIndex: string;

  constructor(table: Table, listIndex: string) {
    this.#table = table;
    this.#listIndex = listIndex;
  }

  async get(findingId: string): Promise<Finding | undefined> {
    const item = await this.#table.get(findingKey(findingId));
    return item && toFinding(item);
  }

  save(finding: Finding): Promise<boolean> {
    return this.#table.putVersion(findingItem(finding), finding.version);
  }

  async list(status: FindingStatus, request: PageRequest): Promise<Page<Finding>> {
    const page = await queryList(this.#table, this.#listIndex, findingList(status), request);
    return { ...page, items: skipUnreadable(page.items, toFinding) };
  }
}

export class DynamoCountStore implements CountStore {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async get(countId: string): Promise<Count | undefined> {
    const item = await this.#table.get(countKey(countId));
    return item && toCount(item);
  }

  save(count: Count): Promise<boolean> {
    return this.#table.putVersion(countItem(count), count.version);
  }
}
