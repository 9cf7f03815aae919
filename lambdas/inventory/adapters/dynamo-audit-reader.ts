import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  PutCommand,
  paginateQuery,
  ScanCommand,
} from '@aws-sdk/lib-dynamodb';
import { type Instant, toIso } from '../../shared/core/instant.ts';
import { getItems, pause } from '../../shared/dynamodb/batch-get.ts';
import { readEach } from '../../shared/dynamodb/read-record.ts';
import type { Item } from '../../shared/events/stream-handler.ts';
import { toCursor } from '../../shared/http/cursor.ts';
import type { Checkpoint } from '../domain/audit/checkpoint.ts';
import type { CellKey } from '../domain/ledger/cell.ts';
import type { Reservation } from '../domain/ledger/reservation.ts';
import type { Sku } from '../domain/ledger/sku.ts';
import type {
  AuditReader,
  CellHead,
  EntryRead,
  KeyRange,
  MarkerIds,
  Markers,
  Part,
  ReservationAudit,
  SkuPage,
} from '../use-cases/audit/audit-ports.ts';
import { skuPositionOf } from './dynamo-stock-reader.ts';
import {
  balanceKey,
  cellPk,
  checkpointItem,
  checkpointKey,
  type Key,
  MOVEMENTS_PREFIX,
  operationIdOf,
  operationKey,
  reservationKey,
  reservedKey,
  skuKey,
} from './stock-items.ts';
import {
  isBalance,
  isCheckpoint,
  isOperation,
  isReservation,
  toCell,
  toCheckpoint,
  toEntry,
  toOperation,
  toReservation,
  toSku,
} from './stock-records.ts';

/** Sorts after every time. */
const END = '~';

type Table = { readonly name: string; readonly skuIndex: string; readonly operationIndex: string };

export class DynamoAuditReader implements AuditReader {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: Table;

  constructor(client: DynamoDBDocumentClient, table: Table) {
    this.#client = client;
    this.#table = table;
  }

  async skus({ segment, segments, cursor }: Part, limit: number): Promise<SkuPage> {
    const position = skuPositionOf(cursor);
    const page = await this.#client.send(
      new ScanCommand({
        TableName: this.#table.name,
        IndexName: this.#table.skuIndex,
        Segment: segment,
        TotalSegments: segments,
        Limit: limit,
        ...(position && { ExclusiveStartKey: position }),
      }),
    );
    const listed = (page.Items ?? []).map(({ listedSku }) => String(listedSku));
    const { values, unreadable } = readEach(await this.#getAll(listed.map(skuKey)), toSku);
    const bySku = new Map(values.map((sku) => [sku.sku, sku]));
    const items = listed.flatMap((sku) => bySku.get(sku) ?? []);
    const last = page.LastEvaluatedKey?.listedSku;
    return {
      items,
      unreadable,
      ...(last === undefined ? {} : { cursor: toCursor({ sku: last }) }),
    };
  }

  cursorAfter({ sku }: Sku): string {
    return toCursor({ sku });
  }

  async head(cell: CellKey): Promise<CellHead> {
    const cells: Item[] = [];
    const checkpoints: Item[] = [];
    for await (const item of this.#query(cell, balanceKey(cell).sk, checkpointKey(cell).sk)) {
      if (isBalance(item)) cells.push(item);
      else if (isCheckpoint(item)) checkpoints.push(item);
    }
    const balance = readEach(cells, toCell);
    const checkpoint = readEach(checkpoints, toCheckpoint);
    return {
      ...firstOf('cell', balance.values),
      ...firstOf('checkpoint', checkpoint.values),
      unreadable: {
        ...firstOf('cell', balance.unreadable),
        ...firstOf('checkpoint', checkpoint.unreadable),
      },
    };
  }

  async *movements(cell: CellKey, { after, since, until }: KeyRange): AsyncGenerator<EntryRead> {
    const begin = after ?? MOVEMENTS_PREFIX + (since === undefined ? '' : toIso(since));
    const end = Number.isFinite(until)
      ? `${MOVEMENTS_PREFIX}${toIso(until)}${END}`
      : MOVEMENTS_PREFIX + END;
    for await (const item of this.#query(cell, begin, end)) {
      // BETWEEN takes in the key from which it starts.
      if (item.sk === after) continue;
      const { values, unreadable } = readEach([item], toEntry);
      yield* values;
      yield* unreadable.map((one) => ({ unreadable: one }));
    }
  }

  async operationsOf(cell: CellKey, since: Instant): Promise<readonly string[]> {
    const ids: string[] = [];
    const pages = paginateQuery(
      { client: this.#client },
      {
        TableName: this.#table.name,
        IndexName: this.#table.operationIndex,
        KeyConditionExpression: 'operationCell = :cell AND #at >= :since',
        ExpressionAttributeNames: { '#at': 'at' },
        ExpressionAttributeValues: { ':cell': cellPk(cell), ':since': since },
      },
    );
    for await (const { Items = [] } of pages)
      ids.push(...Items.map(({ pk }) => operationIdOf(String(pk))));
    return ids;
  }

  async markers({ reservations, operations }: MarkerIds): Promise<Markers> {
    const items = await this.#getAll([
      ...reservations.map(reservationKey),
      ...operations.map(operationKey),
    ]);
    const found = readEach(items.filter(isReservation), toReservation);
    const marks = readEach(items.filter(isOperation), toOperation);
    return {
      reservations: found.values,
      operations: marks.values,
      unreadable: [...found.unreadable, ...marks.unreadable],
    };
  }

  async withUnmoved(reservations: readonly Reservation[]): Promise<readonly ReservationAudit[]> {
    const keys = reservations.flatMap((reservation) =>
      reservation.lines.map((line) => reservedKey(reservation, line)),
    );
    const found = new Set((await this.#getAll(keys)).map(({ pk, sk }) => `${pk} ${sk}`));
    return reservations.map((reservation) => ({
      reservation,
      unmoved: reservation.lines.filter((line) => {
        const { pk, sk } = reservedKey(reservation, line);
        return !found.has(`${pk} ${sk}`);
      }),
    }));
  }

  async saveCheckpoint(
    cell: CellKey,
    checkpoint: Checkpoint,
    isUnreadable: boolean,
  ): Promise<void> {
    try {
      await this.#client.send(
        new PutCommand({
          TableName: this.#table.name,
          Item: checkpointItem(cell, checkpoint),
          ...(isUnreadable
            ? {}
            : {
                ConditionExpression: 'attribute_not_exists(pk) OR through < :through',
                ExpressionAttributeValues: { ':through': checkpoint.through },
              }),
        }),
      );
    } catch (fault) {
      if (!(fault instanceof ConditionalCheckFailedException)) throw fault;
    }
  }

  pause(looked: number): Promise<void> {
    return pause(looked);
  }

  #getAll(keys: readonly Key[]) {
    return getItems(this.#client, this.#table.name, keys);
  }

  async *#query(cell: CellKey, from: string, to: string) {
    const pages = paginateQuery(
      { client: this.#client },
      {
        TableName: this.#table.name,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':pk': cellPk(cell), ':from': from, ':to': to },
        ConsistentRead: true,
      },
    );
    for await (const { Items = [] } of pages) yield* Items;
  }
}

// The one key is of the name's type.
const firstOf = <Name extends string, Value>(name: Name, values: readonly Value[]) =>
  (values[0] === undefined ? {} : { [name]: values[0] }) as { readonly [Key in Name]?: Value };
