import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { type Instant, toIso } from '../../shared/core/instant.ts';
import type { Page, PageRequest } from '../../shared/core/page.ts';
import type { Item } from '../../shared/dynamodb/item.ts';
import { skipUnreadable } from '../../shared/dynamodb/read-record.ts';
import { type Key, Table } from '../../shared/dynamodb/table.ts';
import { parseCursor, toCursor } from '../../shared/http/cursor.ts';
import type { Reservation } from '../domain/ledger/reservation.ts';
import { allCellKeysOf } from '../domain/ledger/stock-item.ts';
import type { LocatedMovement, StockReader } from '../use-cases/ports.ts';
import { cellPk, MOVEMENTS_PREFIX, reservationKey, skuKey } from './book-items.ts';
import { toMovementsRecord, toReservation } from './book-records.ts';
import { scanSkuIndex } from './indexes/sku-index.ts';
import { toStockItem } from './stock-item-records.ts';

/** Maximum length of a key in a cursor: above every key of this table, below DynamoDB's limit. */
const KEY_CHARACTERS_MAX = 512;
const MovementPosition = z.strictObject({
  sk: z.string().check(z.startsWith(MOVEMENTS_PREFIX), z.maxLength(KEY_CHARACTERS_MAX)),
  pk: z.string().check(z.maxLength(KEY_CHARACTERS_MAX)),
  index: z.int().check(z.minimum(0)),
});
type MovementPosition = z.infer<typeof MovementPosition>;
type MovementRow = MovementPosition & { readonly movement: LocatedMovement };

/** Returns a sort key after every movement up to `until`, or after every movement. */
const endKeyOf = (until: Instant | undefined): string =>
  `${MOVEMENTS_PREFIX}${until === undefined ? '' : toIso(until)}~`;

export class DynamoStockReader implements StockReader {
  readonly #table: Table;
  readonly #skuIndex: string;

  constructor(client: DynamoDBDocumentClient, table: { name: string; skuIndex: string }) {
    this.#table = new Table(client, table.name);
    this.#skuIndex = table.skuIndex;
  }

  listSkus(page: PageRequest): Promise<Page<string>> {
    return scanSkuIndex(this.#table, this.#skuIndex, page);
  }

  async listMovements(
    sku: string,
    { limit, cursor }: PageRequest,
    until?: Instant,
  ): Promise<Page<LocatedMovement> | undefined> {
    const position = parseCursor(MovementPosition, cursor);
    const record = await this.#getItem(skuKey(sku));
    if (record === undefined) return undefined;
    const pages = await Promise.all(
      allCellKeysOf(toStockItem(record)).map((cell) =>
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
    const item = await this.#getItem(reservationKey(reservationId));
    return item && toReservation(item);
  }

  /** Reads one item by BatchGetItem, the only action for it that the functions are granted. */
  async #getItem(key: Key): Promise<Item | undefined> {
    const [item] = await this.#table.getAll([key]);
    return item;
  }

  /**
   * Reads two more items than `limit`: one to detect a further page, and the last item of the
   * previous page, which may have more movements.
   */
  async #movementItems(pk: string, limit: number, to: string): Promise<Item[]> {
    const response = await this.#table.client.send(
      new QueryCommand({
        TableName: this.#table.name,
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
