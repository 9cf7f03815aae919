import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Instant } from '../../shared/core/instant.ts';
import { toItem } from '../../shared/dynamodb/item.ts';
import type { Placement } from '../domain/place-order.ts';
import type { PlacementStore } from '../use-cases/ports.ts';
import { placementItem } from './order-items.ts';
import { toPlacement } from './order-records.ts';

export class DynamoPlacementStore implements PlacementStore {
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#client = client;
    this.#tableName = tableName;
  }

  async getOrCreate(placement: Placement, now: Instant): Promise<Placement> {
    try {
      await this.#client.send(
        new PutCommand({
          TableName: this.#tableName,
          Item: placementItem(placement, now),
          ConditionExpression: 'attribute_not_exists(pk)',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return placement;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException && error.Item)
        return toPlacement(toItem(error.Item));
      throw error;
    }
  }
}
