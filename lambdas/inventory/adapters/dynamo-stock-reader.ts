import { type DynamoDBDocumentClient, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { Sku } from '../../contracts/primitives.ts';
import { type Instant, toIso } from '../../shared/core/instant.ts';
import type { Page, PageRequest } from '../../shared/core/page.ts';
import { readable } from '../../shared/dynamodb/read-record.ts';
import type { Item } from '../../shared/events/stream-handler.ts';
import { fromCursor, toCursor } from '../../shared/http/cursor.ts';
import type { Reservation } from '../domain/ledger/reservation.ts';
import { cellsOf } from '../domain/ledger/sku.ts';
import type { LocatedMovement, StockReader } from '../use-cases/ports.ts';
import type { DynamoStockStore } from './dynamo-stock-store.ts';
import { cellPk, MOVEMENTS_PREFIX, skuKey } from './stock-items.ts';
import { toLocatedMovements } from './stock-records.ts';

/** Far above any key of this table, far below what a key may have. */
const KEY_CHARACTERS_MAX = 512;
const SkuPosition = z.strictObject({ sku: Sku });
const MovementPosition = z.strictObject({
  sk: z.string().check(z.startsWith(MOVEMENTS_PREFIX), z.maxLength(KEY_CHARACTERS_MAX)),
  pk: z.string().check(z.maxLength(KEY_CHARACTERS_MAX)),
  index: z.int().check(z.minimum(0)),
});
type MovementPosition = z.infer<typeof MovementPosition>;
type Placed = MovementPosition & { readonly movement: LocatedMovement };

/** Sorts after every movement; after every one until then. */
const endOf = (until: Instant | undefined): string =>
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

  async skus({ limit, cursor }: PageRequest): Promise<Page<string>> {
    const position = skuPositionOf(cursor);
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

  async movements(
    sku: string,
    { limit, cursor }: PageRequest,
    until?: Instant,
  ): Promise<Page<LocatedMovement> | undefined> {
    const position = fromCursor(MovementPosition, cursor);
    const { skus } = await this.#store.load({ records: [sku] });
    const record = skus?.get(sku);
    if (record === undefined) return undefined;
    const pages = await Promise.all(
      cellsOf(record).map((cell) =>
        this.#movementItems(cellPk(cell), limit, position?.sk ?? endOf(until)),
      ),
    );
    const found = pages
      .flat()
      .flatMap((item) => readable([item], placed).flat())
      .filter((movement) => position === undefined || newestFirst(position, movement) < 0)
      .sort(newestFirst);
    const last = found[limit - 1];
    return {
      items: found.slice(0, limit).map(({ movement }) => movement),
      ...(last === undefined || found.length === limit
        ? {}
        : { cursor: toCursor({ sk: last.sk, pk: last.pk, index: last.index }) }),
    };
  }

  async reservation(reservationId: string): Promise<Reservation | undefined> {
    return (await this.#store.load({ reservationId })).reservation;
  }

  /** One more than asked for, and the item in which the last page ended again: it may hold more movements. */
  async #movementItems(pk: string, limit: number, to: string): Promise<Item[]> {
    const answer = await this.#client.send(
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
    return answer.Items ?? [];
  }
}

/** Where a scan of the skus' index goes on. */
export function skuPositionOf(cursor: string | undefined) {
  const position = fromCursor(SkuPosition, cursor);
  return position && { ...skuKey(position.sku), listedSku: position.sku };
}

function placed(item: Item): Placed[] {
  const { movements, locationId, shard } = toLocatedMovements(item);
  return movements.map((movement, index) => ({
    sk: String(item.sk),
    pk: String(item.pk),
    index,
    movement: { ...movement, locationId, inShard: shard },
  }));
}

const descending = (a: string, b: string): number => (a === b ? 0 : a < b ? 1 : -1);
const newestFirst = (a: MovementPosition, b: MovementPosition): number =>
  descending(a.sk, b.sk) || descending(a.pk, b.pk) || b.index - a.index;
