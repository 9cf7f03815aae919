import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { LocationId } from '../../contracts/primitives.ts';
import type { Page, PageRequest } from '../../shared/core/page.ts';
import { skipUnreadable } from '../../shared/dynamodb/read-record.ts';
import { Table } from '../../shared/dynamodb/table.ts';
import { parseCursor, toCursor } from '../../shared/http/cursor.ts';
import { MAIN_LOCATION } from '../domain/ledger/cell.ts';
import { type Location, MAIN_DEFAULT } from '../domain/locations/location.ts';
import type { LocationStore } from '../use-cases/ports.ts';
import {
  LOCATION_PREFIX,
  LOCATIONS_PK,
  locationIdOf,
  locationItem,
  locationKey,
} from './book-items.ts';
import { toLocation } from './book-records.ts';

const Position = z.strictObject({ locationId: LocationId });
/** Sorts after every location: an id has no such character. */
const AFTER_EVERY_ID = '~';

const compareIds = (a: Location, b: Location): number => (a.locationId < b.locationId ? -1 : 1);

export class DynamoLocationStore implements LocationStore {
  readonly #table: Table;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#table = new Table(client, tableName);
  }

  async find(locationId: string): Promise<Location | undefined> {
    const [item] = await this.#table.getAll([locationKey(locationId)]);
    return item && toLocation(item);
  }

  async list({ limit, cursor }: PageRequest): Promise<Page<Location>> {
    const after = parseCursor(Position, cursor)?.locationId;
    const { Items: found = [], LastEvaluatedKey } = await this.#table.client.send(
      new QueryCommand({
        TableName: this.#table.name,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':pk': LOCATIONS_PK,
          ':from': LOCATION_PREFIX,
          ':to': LOCATION_PREFIX + AFTER_EVERY_ID,
        },
        ConsistentRead: true,
        Limit: limit,
        ...(after !== undefined && { ExclusiveStartKey: { ...locationKey(after) } }),
      }),
    );
    const last = LastEvaluatedKey && locationIdOf(LastEvaluatedKey);
    const stored = skipUnreadable(found, toLocation);
    const lacksMain =
      (after ?? '') < MAIN_LOCATION &&
      (last === undefined || MAIN_LOCATION < last) &&
      !found.some((item) => locationIdOf(item) === MAIN_LOCATION);
    const listed = lacksMain ? [...stored, MAIN_DEFAULT].sort(compareIds) : stored;
    const items = listed.slice(0, limit);
    const position = listed.length > limit ? items.at(-1)?.locationId : last;
    return {
      items,
      ...(position === undefined ? {} : { cursor: toCursor({ locationId: position }) }),
    };
  }

  replace(after: Location): Promise<boolean> {
    return this.#table.putVersion(locationItem(after), after.version);
  }
}
