import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { Id, Timestamp } from '../../../contracts/primitives.ts';
import type { Page, PageRequest } from '../../../shared/core/page.ts';
import { skipUnreadable } from '../../../shared/dynamodb/read-record.ts';
import { Table } from '../../../shared/dynamodb/table.ts';
import { parseCursor, toCursor } from '../../../shared/http/cursor.ts';
import { type Owner, ownerOf, type Reservation } from '../../domain/ledger/reservation.ts';
import type { OwnedReservationReader } from '../../use-cases/ports.ts';
import { RESERVATION_PREFIX, reservationKey } from '../book-items.ts';
import { toReservation } from '../book-records.ts';

const Position = z.strictObject({ id: Id, since: Timestamp });

/** Reads the sparse index of committed reservations by their owner, and then the records. */
export class DynamoOwnedReservationReader implements OwnedReservationReader {
  readonly #table: Table;
  readonly #index: string;

  constructor(client: DynamoDBDocumentClient, { name, index }: { name: string; index: string }) {
    this.#table = new Table(client, name);
    this.#index = index;
  }

  /** Throws 400 VALIDATION_FAILED for a cursor of another list. */
  async listCommitted(owner: Owner, { limit, cursor }: PageRequest): Promise<Page<Reservation>> {
    const position = parseCursor(Position, cursor);
    const { Items: entries = [], LastEvaluatedKey: last } = await this.#table.client.send(
      new QueryCommand({
        TableName: this.#table.name,
        IndexName: this.#index,
        KeyConditionExpression: 'ownedBy = :owner',
        ExpressionAttributeValues: { ':owner': owner },
        Limit: limit,
        ...(position && {
          ExclusiveStartKey: {
            ...reservationKey(position.id),
            ownedBy: owner,
            ownedSince: position.since,
          },
        }),
      }),
    );
    const ids = entries.map(({ pk }) => reservationIdOf(pk));
    const items = await this.#table.getAll(ids.map(reservationKey));
    const found = skipUnreadable(items, toReservation);
    return {
      items: ids.flatMap(
        (id) =>
          found.find(
            (one) =>
              one.reservationId === id && one.status === 'COMMITTED' && ownerOf(one) === owner,
          ) ?? [],
      ),
      ...(last === undefined
        ? {}
        : { cursor: toCursor({ id: reservationIdOf(last.pk), since: String(last.ownedSince) }) }),
    };
  }
}

const reservationIdOf = (pk: unknown): string => String(pk).slice(RESERVATION_PREFIX.length);
