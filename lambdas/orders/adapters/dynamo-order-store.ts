import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  QueryCommand,
  type QueryCommandOutput,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { Id, Timestamp } from '../../contracts/primitives.ts';
import type { Page, PageRequest } from '../../shared/core/page.ts';
import type { ReadRecords, ReadRecordsPage } from '../../shared/core/unreadable-record.ts';
import { readKind, separateUnreadable, skipUnreadable } from '../../shared/dynamodb/read-record.ts';
import { Table } from '../../shared/dynamodb/table.ts';
import { parseCursor, toCursor } from '../../shared/http/cursor.ts';
import type { Order } from '../domain/order.ts';
import type {
  OrderQueue,
  OrderQueues,
  OrderReader,
  OrderStore,
  ScanSegment,
} from '../use-cases/ports.ts';
import { orderItem, orderKey, placedKey, placementKey } from './order-items.ts';
import { ORDER, ORDER_RECORDS, toOrder } from './order-records.ts';

const Position = z.strictObject({ createdAt: Timestamp, orderId: Id });
const QueuePosition = z.strictObject({ since: Timestamp, orderId: Id });

export class DynamoOrderStore implements OrderStore, OrderReader, OrderQueues {
  readonly #table: Table;
  readonly #customerIndex: string;
  readonly #queueIndex: string;

  constructor(
    client: DynamoDBDocumentClient,
    table: { name: string; customerIndex: string; queueIndex: string },
  ) {
    this.#table = new Table(client, table.name);
    this.#customerIndex = table.customerIndex;
    this.#queueIndex = table.queueIndex;
  }

  async get(orderId: string): Promise<Order | undefined> {
    const item = await this.#table.get(orderKey(orderId));
    return item && toOrder(item);
  }

  async create(order: Order): Promise<Order | undefined> {
    const existing = await this.#table.putIfAbsent(orderItem(order));
    return existing && toOrder(existing);
  }

  save(order: Order): Promise<boolean> {
    return this.#table.putVersion(orderItem(order), order.version);
  }

  async erase(order: Order, placementId: string | undefined): Promise<boolean> {
    if (placementId === undefined) return this.save(order);
    try {
      await this.#table.client.send(
        new TransactWriteCommand({
          TransactItems: [
            {
              Put: {
                TableName: this.#table.name,
                Item: orderItem(order),
                ConditionExpression: '#version = :before',
                ExpressionAttributeNames: { '#version': 'version' },
                ExpressionAttributeValues: { ':before': order.version - 1 },
              },
            },
            { Delete: { TableName: this.#table.name, Key: placementKey(placementId) } },
          ],
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof TransactionCanceledException) return false;
      throw error;
    }
  }

  async getAll(orderIds: readonly string[]): Promise<ReadRecords<Order>> {
    return separateUnreadable(await this.#table.getAll(orderIds.map(orderKey)), toOrder);
  }

  async scanSegment(part: ScanSegment): Promise<ReadRecordsPage<Order>> {
    const { items, ...page } = await this.#table.scanSegment(part);
    return { ...page, ...readKind(items, ORDER, ORDER_RECORDS) };
  }

  async list(customerId: string, { limit, cursor }: PageRequest): Promise<Page<Order>> {
    const position = parseCursor(Position, cursor);
    const page = await this.#table.client.send(
      new QueryCommand({
        TableName: this.#table.name,
        IndexName: this.#customerIndex,
        KeyConditionExpression: 'customerId = :customer',
        ExpressionAttributeValues: { ':customer': customerId },
        ScanIndexForward: false,
        Limit: limit,
        ...(position && {
          ExclusiveStartKey: {
            ...orderKey(position.orderId),
            customerId,
            placed: placedKey(position),
          },
        }),
      }),
    );
    const { items, last } = await this.#readIndexPage(page, 'placed');
    if (last === undefined) return { items };
    const [createdAt = '', orderId = ''] = last;
    return { items, cursor: toCursor({ createdAt, orderId }) };
  }

  async listQueue(queue: OrderQueue, { limit, cursor }: PageRequest): Promise<Page<Order>> {
    const position = parseCursor(QueuePosition, cursor);
    const page = await this.#table.client.send(
      new QueryCommand({
        TableName: this.#table.name,
        IndexName: this.#queueIndex,
        KeyConditionExpression: '#queue = :queue',
        ExpressionAttributeNames: { '#queue': 'queue' },
        ExpressionAttributeValues: { ':queue': queue },
        Limit: limit,
        ...(position && {
          ExclusiveStartKey: {
            ...orderKey(position.orderId),
            queue,
            queued: `${position.since}#${position.orderId}`,
          },
        }),
      }),
    );
    const { items, last } = await this.#readIndexPage(page, 'queued');
    if (last === undefined) return { items };
    const [since = '', orderId = ''] = last;
    return { items, cursor: toCursor({ since, orderId }) };
  }

  /**
   * Reads the orders of an index page. `last` is the last sort key's parts, when more pages follow.
   */
  async #readIndexPage(
    { Items = [], LastEvaluatedKey }: Pick<QueryCommandOutput, 'Items' | 'LastEvaluatedKey'>,
    sortKey: string,
  ): Promise<{ items: Order[]; last: readonly string[] | undefined }> {
    const keys = Items.map((item) => String(item[sortKey]));
    const ids = keys.map((key) => key.slice(key.indexOf('#') + 1));
    const orders = skipUnreadable(await this.#table.getAll(ids.map(orderKey)), toOrder);
    const byId = new Map(orders.map((order) => [order.orderId, order]));
    // From the index keys, because the last order may be unreadable.
    const last = LastEvaluatedKey === undefined ? undefined : keys.at(-1)?.split('#');
    return { items: ids.flatMap((orderId) => byId.get(orderId) ?? []), last };
  }
}
