import { type DynamoDBDocumentClient, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { Sku } from '../../contracts/primitives.ts';
import { type Instant, toIso } from '../../shared/core/instant.ts';
import type { Page, PageRequest } from '../../shared/core/page.ts';
import type { Item } from '../../shared/dynamodb/item.ts';
import { skipUnreadable } from '../../shared/dynamodb/read-record.ts';
import { parseCursor, toCursor } from '../../shared/http/cursor.ts';
import type { Reservation } from '../domain/ledger/reservation.ts';
import { allCellKeysOf } from '../domain/ledger/stock-item.ts';
import type { LocatedMovement, StockReader } from '../use-cases/ports.ts';
import { cellPk, MOVEMENTS_PREFIX, skuKey } from './book-items.ts';
import { toMovementsRecord } from './book-records.ts';
import type { DynamoStockStore } from './dynamo-stock-store.ts';

/** Far above any key of this table, far below what a key may have. */
const KEY_CHARACTERS_MAX = 512;
const SkuPosition = z.strictObject({ sku: Sku });
const MovementPosition = z.strictObject({
  sk: z.string().check(z.startsWith(MOVEMENTS_PREFIX), z.maxLength(KEY_CHARACTERS_MAX)),
  pk: z.string().check(z.maxLength(KEY_CHARACTERS_MAX)),
  index: z.int().check(z.minimum(0)),
});
type MovementPosition = z.infer<typeof MovementPosition>;
type MovementRow = MovementPosition & { readonly movement: LocatedMovement };

/** Sorts after every movement; after every one until then. */
const endKeyOf = (until: Instant | undefined): string =>
  `${MOVEMENTS_PREFIX}${until === undefined ? '' : toIso(until)}~`;

export class DynamoStockReader implements StockReader {
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;
  readonly #skuIndex: string;
  readonly #store: DynamoStockStore;

  constructor(
    client: DynamoDBDocumentClient,
    table: { name: string; skuIndex: string },
    store: DynamoStockStore,
  ) {
    this.#client = client;
    this.#tableName = table.name;
    this.#skuIndex = table.skuIndex;
    this.#store = store;
  }

  async listSkus({ limit, cursor }: PageRequest): Promise<Page<string>> {
    const position = skuStartKeyOf(cursor);
    const page = await this.#client.send(
      new ScanCommand({
        TableName: this.#tableName,
        IndexName: this.#skuIndex,
        Limit: limit,
        ...(position && { ExclusiveStartKey: position }),
      }),
    );
    const items = (page.Items ?? []).map(({ listedSku }) => String(listedSku));
    const last = page.LastEvaluatedKey?.listedSku;
    return { items, ...(last === undefined ? {} : { cursor: toCursor({ sku: last }) }) };
  }

  async listMovements(
    sku: string,
    { limit, cursor }: PageRequest,
    until?: Instant,
  ): Promise<Page<LocatedMovement> | undefined> {
    const position = parseCursor(MovementPosition, cursor);
    const { stockItems } = await this.#store.read({ stockItems: [sku] });
    const record = stockItems.get(sku);
    if (record === undefined) return undefined;
    const pages = await Promise.all(
      allCellKeysOf(record).map((cell) =>
        this.#movementItems(cellPk(cell), limit, position?.sk ?? endKeyOf(until)),
      ),
    );
    const found = pages
      .flat()
      .flatMap((item) => skipUnreadable([item], toMovementRows).flat())
      .filter((movement) => position === undefined || compareNewestFirst(position, movement) < 0)
      .sort(compareNewestFirst);
    const last = found[limit - 1];
    return {
      items: found.slice(0, limit).map(({ movement }) => movement),
      ...(last === undefined || found.length === limit
        ? {}
        : { cursor: toCursor({ sk: last.sk, pk: last.pk, index: last.index }) }),
    };
  }

  async findReservation(reservationId: string): Promise<Reservation | undefined> {
    const { reservations } = await this.#store.read({ reservations: [reservationId] });
    return reservations.get(reservationId);
  }

  /** One more than asked for, and the item in which the last page ended again: it may hold more movements. */
  async #movementItems(pk: string, limit: number, to: string): Promise<Item[]> {
    const response = await this.#client.send(
      new QueryCommand({
        TableName: this.#tableName,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':pk': pk,
          ':from': MOVEMENTS_PREFIX,
          ':to': to,
        },
        ScanIndexForward: false,
        ConsistentRead: true,
        Limit: limit + 2,
      }),
    );
    return response.Items ?? [];
  }
}

/** Where a scan of the skus' index goes on. */
export function skuStartKeyOf(cursor: string | undefined) {
  const position = parseCursor(SkuPosition, cursor);
  return position && { ...skuKey(position.sku), listedSku: position.sku };
}

function toMovementRows(item: Item): MovementRow[] {
  const { movements, locationId, shard } = toMovementsRecord(item);
  return movements.map((movement, index) => ({
    sk: String(item.sk),
    pk: String(item.pk),
    index,
    movement: { ...movement, locationId, shard },
  }));
}

const compareDescending = (a: string, b: string): number => (a === b ? 0 : a < b ? 1 : -1);
const compareNewestFirst = (a: MovementPosition, b: MovementPosition): number =>
  compareDescending(a.sk, b.sk) || compareDescending(a.pk, b.pk) || b.index - a.index;
