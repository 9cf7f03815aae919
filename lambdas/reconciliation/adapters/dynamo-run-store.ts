import { PutCommand, paginateQuery, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { CellName } from '../../contracts/api/audit.ts';
import type { Clock } from '../../shared/core/clock.ts';
import type { Page, PageRequest } from '../../shared/core/page.ts';
import type { ReadRecordsPage } from '../../shared/core/unreadable-record.ts';
import type { Item } from '../../shared/dynamodb/item.ts';
import { skipUnreadable, unreadableOf } from '../../shared/dynamodb/read-record.ts';
import type { Table } from '../../shared/dynamodb/table.ts';
import type { Finding } from '../domain/finding.ts';
import type { Repair, RepairCaps } from '../domain/repair.ts';
import type { Run, Segment, SegmentId } from '../domain/run.ts';
import type { OwnRecords, RunStore, ScanPosition } from '../use-cases/ports.ts';
import { queryList } from './query-list.ts';
import {
  RUN_FINDING_PREFIX,
  RUN_LIST,
  runFindingKey,
  runItem,
  runKey,
  runTtlFrom,
  SEGMENT_PREFIX,
  SUSPECT_PREFIX,
  segmentItem,
  segmentKey,
  suspectKey,
  suspectPrefixOf,
} from './reconciliation-items.ts';
import {
  RECONCILIATION_RECORDS,
  toRun,
  toRunFinding,
  toSegment,
  toSuspect,
} from './reconciliation-records.ts';
import { claimRepair, releaseClaim } from './repair-claims.ts';

export class DynamoRunStore implements RunStore, OwnRecords {
  readonly #table: Table;
  readonly #listIndex: string;
  readonly #clock: Clock;

  constructor(table: Table, listIndex: string, clock: Clock) {
    this.#table = table;
    this.#listIndex = listIndex;
    this.#clock = clock;
  }

  async get(reconciliationId: string): Promise<Run | undefined> {
    const item = await this.#table.get(runKey(reconciliationId));
    return item && toRun(item);
  }

  save(run: Run): Promise<boolean> {
    return this.#table.putVersion(runItem(run), run.version);
  }

  async list(request: PageRequest): Promise<Page<Run>> {
    const page = await queryList(this.#table, this.#listIndex, RUN_LIST, request);
    return { ...page, items: skipUnreadable(page.items, toRun) };
  }

  async listSegments(reconciliationId: string): Promise<readonly Segment[]> {
    return (await this.#queryByPrefix(reconciliationId, SEGMENT_PREFIX)).map(toSegment);
  }

  async getSegment(segmentId: SegmentId): Promise<Segment | undefined> {
    const item = await this.#table.get(segmentKey(segmentId));
    return item && toSegment(item);
  }

  saveSegment(segment: Segment): Promise<boolean> {
    return this.#table.putVersion(segmentItem(segment), segment.version);
  }

  async recordRunFinding(
    reconciliationId: string,
    findingId: string,
    isRepaired: boolean,
  ): Promise<void> {
    await this.#table.client.send(
      new UpdateCommand({
        TableName: this.#table.name,
        Key: runFindingKey(reconciliationId, findingId),
        // A page that is scanned again after a crash may not detect what it has repaired.
        UpdateExpression: `SET #type = :type, #ttl = :ttl, findingId = :id, isRepaired = ${isRepaired ? ':repaired' : 'if_not_exists(isRepaired, :repaired)'}`,
        ExpressionAttributeNames: { '#type': 'type', '#ttl': 'ttl' },
        ExpressionAttributeValues: {
          ':type': 'runFinding',
          ':id': findingId,
          ':repaired': isRepaired,
          ':ttl': runTtlFrom(this.#clock()),
        },
      }),
    );
  }

  async listRunFindings(
    reconciliationId: string,
  ): Promise<ReadonlyMap<string, { readonly isRepaired: boolean }>> {
    const runFindings = skipUnreadable(
      await this.#queryByPrefix(reconciliationId, RUN_FINDING_PREFIX),
      toRunFinding,
    );
    return new Map(runFindings.map(({ findingId, isRepaired }) => [findingId, { isRepaired }]));
  }

  async addSuspect(reconciliationId: string, cell: CellName, reservationId: string): Promise<void> {
    const Item = {
      ...suspectKey(reconciliationId, cell, reservationId),
      type: 'suspect',
      cell,
      reservationId,
      ttl: runTtlFrom(this.#clock()),
    };
    await this.#table.client.send(new PutCommand({ TableName: this.#table.name, Item }));
  }

  async listSuspects(reconciliationId: string, cell: CellName): Promise<readonly string[]> {
    const suspects = skipUnreadable(
      await this.#queryByPrefix(reconciliationId, suspectPrefixOf(cell)),
      toSuspect,
    );
    return suspects.slice(0, SUSPECTS_MAX).map(({ reservationId }) => reservationId);
  }

  async listSuspectCells(reconciliationId: string): Promise<readonly CellName[]> {
    const suspects = skipUnreadable(
      await this.#queryByPrefix(reconciliationId, SUSPECT_PREFIX),
      toSuspect,
    );
    return suspects.map(({ cell }) => cell);
  }

  async scanUnreadable(position: ScanPosition): Promise<ReadRecordsPage<never>> {
    const { items, ...page } = await this.#table.scanSegment(position);
    return { ...page, items: [], unreadable: unreadableOf(items, RECONCILIATION_RECORDS) };
  }

  claimRepair(run: Run, finding: Finding, repair: Repair, caps: RepairCaps) {
    return claimRepair(this.#table, run, finding, repair, caps);
  }

  releaseClaim(run: Run, finding: Finding, repair: Repair): Promise<void> {
    return releaseClaim(this.#table, run, finding, repair);
  }

  async #queryByPrefix(reconciliationId: string, prefix: string): Promise<Item[]> {
    const items: Item[] = [];
    const pages = paginateQuery(
      { client: this.#table.client },
      {
        TableName: this.#table.name,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': runKey(reconciliationId).pk, ':prefix': prefix },
        ConsistentRead: true,
      },
    );
    for await (const { Items = [] } of pages) items.push(...Items);
    return items;
  }
}

/** Maximum number of reservations that an audit of one cell takes. */
const SUSPECTS_MAX = 100;
