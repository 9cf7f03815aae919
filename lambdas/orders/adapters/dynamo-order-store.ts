import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { Id, Timestamp } from '../../contracts/primitives.ts';
import { getItems } from '../../shared/batch-get.ts';
import { fromCursor, toCursor } from '../../shared/cursor.ts';
import type { Page, PageRequest } from '../../shared/page.ts';
import { putVersion } from '../../shared/put-version.ts';
import { walkTable } from '../../shared/walk-table.ts';
import type { Order } from '../domain/order.ts';
import type { OrderStore, OrderWalk, Part } from '../use-cases/ports.ts';
import { orderItem, orderKey, placedKey, toOrder } from './order-items.ts';

const Position = z.strictObject({ createdAt: Timestamp, orderId: Id });

export class DynamoOrderStore implements OrderStore, OrderWalk {
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;
  readonly #customerIndex: string;

  constructor(client: DynamoDBDocumentClient, table: { name: string; customerIndex: string }) {
    this.#client = client;
    this.#tableName = table.name;
    this.#customerIndex = table.customerIndex;
  }

  async get(orderId: string): Promise<Order | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#tableName, Key: orderKey(orderId), ConsistentRead: true }),
    );
    return Item && toOrder(Item);
  }

  async create(order: Order): Promise<Order | undefined> {
    try {
      await this.#client.send(
        new PutCommand({
          TableName: this.#tableName,
          Item: orderItem(order),
          ConditionExpression: 'attribute_not_exists(pk)',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return undefined;
    } catch (fault) {
      if (fault instanceof ConditionalCheckFailedException && fault.Item)
        return toOrder(unmarshall(fault.Item));
      throw fault;
    }
  }

  save(order: Order): Promise<boolean> {
    return putVersion(this.#client, this.#tableName, orderItem(order), order.version);
  }

  async getAll(orderIds: readonly string[]): Promise<readonly Order[]> {
    return (await getItems(this.#client, this.#tableName, orderIds.map(orderKey))).map(toOrder);
  }

  async walk(part: Part): Promise<Page<Order>> {
    const page = await walkTable(this.#client, this.#tableName, { ...part, type: 'order' });
    return { ...page, items: page.items.map(toOrder) };
  }

  async list(customerId: string, { limit, cursor }: PageRequest): Promise<Page<Order>> {
    const position = fromCursor(Position, cursor);
    const page = await this.#client.send(
      new QueryCommand({
        TableName: this.#tableName,
        IndexName: this.#customerIndex,
        KeyConditionExpression: 'customerId = :customer',
        ExpressionAttributeValues: { ':customer': customerId },
        ScanIndexForward: false,
        Limit: limit,
        ...(position && {
          ExclusiveStartKey: { ...orderKey(position.orderId), customerId, placed: placedKey(position) },
        }),
      }),
    );
    const placed = (page.Items ?? []).map(({ placed: key }) => String(key));
    const ids = placed.map((key) => key.slice(key.indexOf('#') + 1));
    const found = (await getItems(this.#client, this.#tableName, ids.map(orderKey))).map(toOrder);
    const byId = new Map(found.map((order) => [order.orderId, order]));
    const items = ids.flatMap((orderId) => byId.get(orderId) ?? []);
    const last = items.at(-1);
    return {
      items,
      ...(page.LastEvaluatedKey === undefined || last === undefined
        ? {}
        : { cursor: toCursor({ createdAt: last.createdAt, orderId: last.orderId }) }),
    };
  }
}
