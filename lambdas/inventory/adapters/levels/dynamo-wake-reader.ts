import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { EpochMilliseconds, Sku } from '../../../contracts/primitives.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import type { Page, PageRequest } from '../../../shared/core/page.ts';
import { Table } from '../../../shared/dynamodb/table.ts';
import { parseCursor, toCursor } from '../../../shared/http/cursor.ts';
import type { WakeReader } from '../../use-cases/ports.ts';
import { SKU_PREFIX, stockLevelKey } from '../book-items.ts';
import { WAKES_PARTITION } from './level-records.ts';

const Position = z.strictObject({ sku: Sku, wakeAt: EpochMilliseconds });

const skuOf = (pk: unknown): string => String(pk).slice(SKU_PREFIX.length);

/** Reads the sparse index of levels that wait for a look. */
export class DynamoWakeReader implements WakeReader {
  readonly #table: Table;
  readonly #index: string;

  constructor(client: DynamoDBDocumentClient, { name, index }: { name: string; index: string }) {
    this.#table = new Table(client, name);
    this.#index = index;
  }

  async listDue(now: Instant, { limit, cursor }: PageRequest): Promise<Page<string>> {
    const position = parseCursor(Position, cursor);
    const { Items: entries = [], LastEvaluatedKey: last } = await this.#table.client.send(
      new QueryCommand({
        TableName: this.#table.name,
        IndexName: this.#index,
        KeyConditionExpression: 'wake = :due AND wakeAt <= :now',
        ExpressionAttributeValues: { ':due': WAKES_PARTITION, ':now': now },
        Limit: limit,
        ...(position && {
          ExclusiveStartKey: {
            ...stockLevelKey(position.sku),
            wake: WAKES_PARTITION,
            wakeAt: position.wakeAt,
          },
        }),
      }),
    );
    return {
      items: entries.map(({ pk }) => skuOf(pk)),
      ...(last === undefined
        ? {}
        : { cursor: toCursor({ sku: skuOf(last.pk), wakeAt: last.wakeAt }) }),
    };
  }
}
