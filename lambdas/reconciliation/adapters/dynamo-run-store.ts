import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  paginateQuery,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { CellName } from '../../contracts/audit-api.ts';
import { systemClock } from '../../shared/core/clock.ts';
import type { Page, PageRequest } from '../../shared/core/page.ts';
import type { FoundPage } from '../../shared/core/unreadable.ts';
import { putVersion } from '../../shared/dynamodb/put-version.ts';
import { readable, unreadableOf } from '../../shared/dynamodb/read-record.ts';
import { walkTable } from '../../shared/dynamodb/walk-table.ts';
import type { Item } from '../../shared/events/stream-handler.ts';
import type { Finding } from '../domain/finding.ts';
import { isWithinCaps, type Repair, repairedThing, totalOf } from '../domain/repair.ts';
import type { Part, Run, Segment } from '../domain/run.ts';
import type { Caps, OwnRecords, PagePart, RunStore } from '../use-cases/ports.ts';
import { listedItems, type Table } from './dynamo-listed.ts';
import {
  claimKey,
  HINT_PREFIX,
  hintKey,
  hintPrefix,
  type Key,
  NOTE_PREFIX,
  noteKey,
  RUN_LIST,
  runItem,
  runKey,
  SEGMENT_PREFIX,
  segmentItem,
  segmentKey,
  spentKey,
  ttlFrom,
} from './reconciliation-items.ts';
import {
  RECONCILIATION_RECORDS,
  toHint,
  toNote,
  toRun,
  toSegment,
} from './reconciliation-records.ts';

export class DynamoRunStore implements RunStore, OwnRecords {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: Table;

  constructor(client: DynamoDBDocumentClient, table: Table) {
    this.#client = client;
    this.#table = table;
  }

  async get(reconciliationId: string): Promise<Run | undefined> {
    const item = await this.#get(runKey(reconciliationId));
    return item && toRun(item);
  }

  save(run: Run): Promise<boolean> {
    return putVersion(this.#client, this.#table.name, runItem(run), run.version);
  }

  async list(request: PageRequest): Promise<Page<Run>> {
    const page = await listedItems(this.#client, this.#table, RUN_LIST, request);
    return { ...page, items: readable(page.items, toRun) };
  }

  async segments(reconciliationId: string): Promise<readonly Segment[]> {
    return (await this.#under(reconciliationId, SEGMENT_PREFIX)).map(toSegment);
  }

  async segment(part: Part): Promise<Segment | undefined> {
    const item = await this.#get(segmentKey(part));
    return item && toSegment(item);
  }

  saveSegment(segment: Segment): Promise<boolean> {
    return putVersion(this.#client, this.#table.name, segmentItem(segment), segment.version);
  }

  async note(reconciliationId: string, findingId: string, isRepaired: boolean): Promise<void> {
    await this.#client.send(
      new UpdateCommand({
        TableName: this.#table.name,
        Key: noteKey(reconciliationId, findingId),
        // A page that is walked again after a crash may not meet what it repaired the first time.
        UpdateExpression: `SET #type = :type, #ttl = :ttl, findingId = :id, isRepaired = ${isRepaired ? ':repaired' : 'if_not_exists(isRepaired, :repaired)'}`,
        ExpressionAttributeNames: { '#type': 'type', '#ttl': 'ttl' },
        ExpressionAttributeValues: {
          ':type': 'note',
          ':id': findingId,
          ':repaired': isRepaired,
          ':ttl': ttlFrom(systemClock()),
        },
      }),
    );
  }

  async noted(
    reconciliationId: string,
  ): Promise<ReadonlyMap<string, { readonly isRepaired: boolean }>> {
    const notes = readable(await this.#under(reconciliationId, NOTE_PREFIX), toNote);
    return new Map(notes.map(({ findingId, isRepaired }) => [findingId, { isRepaired }]));
  }

  async hint(reconciliationId: string, cell: CellName, reservationId: string): Promise<void> {
    const Item = {
      ...hintKey(reconciliationId, cell, reservationId),
      type: 'hint',
      cell,
      reservationId,
      ttl: ttlFrom(systemClock()),
    };
    await this.#client.send(new PutCommand({ TableName: this.#table.name, Item }));
  }

  async hints(reconciliationId: string, cell: CellName): Promise<readonly string[]> {
    const hints = readable(await this.#under(reconciliationId, hintPrefix(cell)), toHint);
    return hints.slice(0, HINTS_MAX).map(({ reservationId }) => reservationId);
  }

  async hintedCells(reconciliationId: string): Promise<readonly CellName[]> {
    const hints = readable(await this.#under(reconciliationId, HINT_PREFIX), toHint);
    return hints.map(({ cell }) => cell);
  }

  async unreadable(part: PagePart): Promise<FoundPage<never>> {
    const { items, ...page } = await walkTable(this.#client, this.#table.name, part);
    return { ...page, items: [], unreadable: unreadableOf(items, RECONCILIATION_RECORDS) };
  }

  async claim(run: Run, { findingId, revision }: Finding, repair: Repair, caps: Caps) {
    if (!isWithinCaps(caps, repair)) return 'aboveCaps';
    const ttl = ttlFrom(Date.parse(run.startedAt));
    const Item = { ...this.#claimKey(run, repair), type: 'claim', findingId, revision, ttl };
    try {
      await this.#client.send(
        new TransactWriteCommand({
          TransactItems: [
            {
              Put: {
                TableName: this.#table.name,
                Item,
                ConditionExpression: 'attribute_not_exists(pk)',
                ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
              },
            },
            ...this.#spending(run, repair, 1, caps),
          ],
        }),
      );
      return 'claimed';
    } catch (fault) {
      if (!(fault instanceof TransactionCanceledException)) throw fault;
      const [claim, ...spent] = fault.CancellationReasons ?? [];
      if (claim?.Code === 'ConditionalCheckFailed') {
        const { findingId: holder, revision: held } = claim.Item ?? {};
        const isOwn = holder?.S === findingId && held?.N === String(revision);
        return isOwn ? 'claimed' : 'repairedBefore';
      }
      if (spent.some(({ Code }) => Code !== undefined && UNSPENDABLE.has(Code))) return 'aboveCaps';
      throw fault;
    }
  }

  async unclaim(run: Run, { findingId, revision }: Finding, repair: Repair): Promise<void> {
    const released = {
      TableName: this.#table.name,
      Key: this.#claimKey(run, repair),
      ConditionExpression: 'findingId = :findingId AND revision = :revision',
      ExpressionAttributeValues: { ':findingId': findingId, ':revision': revision },
    };
    try {
      await this.#client.send(
        new TransactWriteCommand({
          TransactItems: [{ Delete: released }, ...this.#spending(run, repair, -1)],
        }),
      );
    } catch (fault) {
      if (!(fault instanceof TransactionCanceledException)) throw fault;
      // Another worker on the same page gave it back.
      if (fault.CancellationReasons?.[0]?.Code !== 'ConditionalCheckFailed') throw fault;
    }
  }

  #claimKey({ reconciliationId }: Run, { command }: Repair): Key {
    return claimKey(reconciliationId, repairedThing(command));
  }

  /** Of the whole run and of each sku; below their caps, where there are any. */
  #spending(
    { reconciliationId: id, startedAt }: Run,
    { units }: Repair,
    sign: 1 | -1,
    caps?: Caps,
  ) {
    const spend = (Key: Key, count: number, max = Number.MAX_SAFE_INTEGER) => ({
      Update: {
        TableName: this.#table.name,
        Key,
        UpdateExpression: 'SET #type = :type, #ttl = :ttl ADD units :units',
        ConditionExpression: 'attribute_not_exists(units) OR units <= :left',
        ExpressionAttributeNames: { '#type': 'type', '#ttl': 'ttl' },
        ExpressionAttributeValues: {
          ':type': 'spent',
          ':ttl': ttlFrom(Date.parse(startedAt)),
          ':units': sign * count,
          ':left': max - count,
        },
      },
    });
    return [
      spend(spentKey(id), totalOf(units), caps?.unitsPerRunMax),
      ...units.map((of) => spend(spentKey(id, of.sku), of.units, caps?.unitsPerSkuMax)),
    ];
  }

  async #get(Key: Key): Promise<Item | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table.name, Key, ConsistentRead: true }),
    );
    return Item;
  }

  async #under(reconciliationId: string, prefix: string): Promise<Item[]> {
    const items: Item[] = [];
    const pages = paginateQuery(
      { client: this.#client },
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

/** A counter that is at its cap, or is no number: then nothing is repaired without a person. */
const UNSPENDABLE: ReadonlySet<string> = new Set(['ConditionalCheckFailed', 'ValidationError']);

/** An audit takes so many reservations with a cell. */
const HINTS_MAX = 100;
