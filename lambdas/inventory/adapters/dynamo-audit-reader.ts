import { type DynamoDBDocumentClient, PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { defined } from '../../shared/core/defined.ts';
import { type Instant, toIso } from '../../shared/core/instant.ts';
import { backoff } from '../../shared/dynamodb/backoff.ts';
import type { Item } from '../../shared/dynamodb/item.ts';
import { separateUnreadable, unreadableOf } from '../../shared/dynamodb/read-record.ts';
import { Table, unlessConditionFails } from '../../shared/dynamodb/table.ts';
import type { Checkpoint } from '../domain/audit/checkpoint.ts';
import type { CellKey } from '../domain/ledger/cell.ts';
import type { Reservation } from '../domain/ledger/reservation.ts';
import type { StockItem } from '../domain/ledger/stock-item.ts';
import type {
  AuditReader,
  CellReading,
  KeyRange,
  MovementBatchReading,
  RecordIds,
  ReservationAudit,
  ScanSegment,
  SourceRecords,
  StockItemPage,
} from '../use-cases/audit/audit-ports.ts';
import {
  balanceKey,
  cellPk,
  checkpointItem,
  checkpointKey,
  LEVEL_SWEEP_KEY,
  locationIdOf,
  locationKey,
  MOVEMENTS_PREFIX,
  operationIdOf,
  operationKey,
  reservationKey,
  reserveMovementsKey,
  skuKey,
  stockLevelKey,
} from './book-items.ts';
import {
  isBalance,
  isCheckpoint,
  isOperation,
  isReservation,
  isStockItem,
  toCell,
  toCheckpoint,
  toLocation,
  toMovementBatch,
  toOperation,
  toReservation,
} from './book-records.ts';
import { cursorAfterSku, scanSkuIndex } from './indexes/sku-index.ts';
import { LEVEL_SWEEP, STOCK_LEVEL } from './levels/level-records.ts';
import { toStockItem } from './stock-item-records.ts';

/** Suffix that sorts after every time. */
const AFTER_EVERY_TIME = '~';

export class DynamoAuditReader implements AuditReader {
  readonly #table: Table;
  readonly #skuIndex: string;
  readonly #operationIndex: string;

  constructor(
    client: DynamoDBDocumentClient,
    table: { name: string; skuIndex: string; operationIndex: string },
  ) {
    this.#table = new Table(client, table.name);
    this.#skuIndex = table.skuIndex;
    this.#operationIndex = table.operationIndex;
  }

  async scanStockItems(
    { segment, segments, cursor }: ScanSegment,
    limit: number,
  ): Promise<StockItemPage> {
    const { items: skus, ...page } = await scanSkuIndex(
      this.#table,
      this.#skuIndex,
      { limit, cursor },
      { segment, segments },
    );
    const found = await this.#table.getAll(
      skus.flatMap((sku) => [skuKey(sku), stockLevelKey(sku)]),
    );
    const { items: values, unreadable } = separateUnreadable(
      found.filter(isStockItem),
      toStockItem,
    );
    const levels = unreadableOf(
      found.filter((item) => !isStockItem(item)),
      [STOCK_LEVEL],
    );
    const bySku = new Map(values.map((sku) => [sku.sku, sku]));
    // Read after the SKUs: a receipt writes a new location and its SKU in one transaction.
    const [locations, sweeps] = await Promise.all([
      this.#locationItemsOf(values),
      this.#table.getAll([LEVEL_SWEEP_KEY]),
    ]);
    return {
      ...page,
      items: skus.flatMap((sku) => bySku.get(sku) ?? []),
      unreadable: [
        ...unreadable,
        ...levels,
        ...separateUnreadable(locations, toLocation).unreadable,
        ...unreadableOf(sweeps, [LEVEL_SWEEP]),
      ],
      recordedLocationIds: new Set(locations.map(locationIdOf)),
    };
  }

  cursorAfter({ sku }: StockItem): string {
    return cursorAfterSku(sku);
  }

  #locationItemsOf(stockItems: readonly StockItem[]): Promise<readonly Item[]> {
    const locationIds = new Set(stockItems.flatMap(({ locations }) => locations));
    return this.#table.getAll([...locationIds].map(locationKey));
  }

  async readCell(cell: CellKey): Promise<CellReading> {
    const cells: Item[] = [];
    const checkpoints: Item[] = [];
    for await (const item of this.#query(cell, balanceKey(cell).sk, checkpointKey(cell).sk)) {
      if (isBalance(item)) cells.push(item);
      else if (isCheckpoint(item)) checkpoints.push(item);
    }
    const balance = separateUnreadable(cells, toCell);
    const checkpoint = separateUnreadable(checkpoints, toCheckpoint);
    return {
      ...defined({ cell: balance.items[0], checkpoint: checkpoint.items[0] }),
      unreadable: defined({ cell: balance.unreadable[0], checkpoint: checkpoint.unreadable[0] }),
    };
  }

  async *movements(
    cell: CellKey,
    { after, since, until }: KeyRange,
  ): AsyncGenerator<MovementBatchReading> {
    const begin = after ?? MOVEMENTS_PREFIX + (since === undefined ? '' : toIso(since));
    const end = Number.isFinite(until)
      ? `${MOVEMENTS_PREFIX}${toIso(until)}${AFTER_EVERY_TIME}`
      : MOVEMENTS_PREFIX + AFTER_EVERY_TIME;
    for await (const item of this.#query(cell, begin, end)) {
      // BETWEEN includes its lower bound.
      if (item.sk === after) continue;
      const { items, unreadable } = separateUnreadable([item], toMovementBatch);
      yield* items;
      yield* unreadable.map((one) => ({ unreadable: one }));
    }
  }

  async entryRecordIdsOf(cell: CellKey, since: Instant): Promise<readonly string[]> {
    const ids: string[] = [];
    const pages = paginateQuery(
      { client: this.#table.client },
      {
        TableName: this.#table.name,
        IndexName: this.#operationIndex,
        KeyConditionExpression: 'operationCell = :cell AND #at >= :since',
        ExpressionAttributeNames: { '#at': 'at' },
        ExpressionAttributeValues: { ':cell': cellPk(cell), ':since': since },
      },
    );
    for await (const { Items = [] } of pages)
      ids.push(...Items.map(({ pk }) => operationIdOf(String(pk))));
    return ids;
  }

  async readRecords({ reservations, operations }: RecordIds): Promise<SourceRecords> {
    const items = await this.#table.getAll([
      ...reservations.map(reservationKey),
      ...operations.map(operationKey),
    ]);
    const found = separateUnreadable(items.filter(isReservation), toReservation);
    const operationRecords = separateUnreadable(items.filter(isOperation), toOperation);
    return {
      reservations: found.items,
      operations: operationRecords.items,
      unreadable: [...found.unreadable, ...operationRecords.unreadable],
    };
  }

  async findLinesWithoutMovement(
    reservations: readonly Reservation[],
  ): Promise<readonly ReservationAudit[]> {
    const keys = reservations.flatMap((reservation) =>
      reservation.lines.map((line) => reserveMovementsKey(reservation, line)),
    );
    const found = new Set((await this.#table.getAll(keys)).map(({ pk, sk }) => `${pk} ${sk}`));
    return reservations.map((reservation) => ({
      reservation,
      linesWithoutMovement: reservation.lines.filter((line) => {
        const { pk, sk } = reserveMovementsKey(reservation, line);
        return !found.has(`${pk} ${sk}`);
      }),
    }));
  }

  async saveCheckpoint(
    cell: CellKey,
    checkpoint: Checkpoint,
    isUnreadable: boolean,
  ): Promise<void> {
    await unlessConditionFails(
      this.#table.client.send(
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
      ),
    );
  }

  backoff(attempt: number): Promise<void> {
    return backoff(attempt);
  }

  async *#query(cell: CellKey, from: string, to: string) {
    const pages = paginateQuery(
      { client: this.#table.client },
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
