import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Instant } from '../../shared/core/instant.ts';
import { Table } from '../../shared/dynamodb/table.ts';
import type { Placement } from '../domain/place-order.ts';
import type { PlacementStore } from '../use-cases/ports.ts';
import { placementItem } from './order-items.ts';
import { toPlacement } from './order-records.ts';

export class DynamoPlacementStore implements PlacementStore {
  readonly #table: Table;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#table = new Table(client, tableName);
  }

  async getOrCreate(placement: Placement, now: Instant): Promise<Placement> {
    const existing = await this.#table.putIfAbsent(placementItem(placement, now));
    return existing === undefined ? placement : toPlacement(existing);
  }
}
