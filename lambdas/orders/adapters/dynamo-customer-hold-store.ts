import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { toItem } from '../../shared/dynamodb-item.ts';
import { MILLISECONDS_PER_SECOND } from '../../shared/instant.ts';
import {
  CLAIM_SECONDS_MAX,
  type CustomerHold,
  type CustomerHolds,
  type HoldCaps,
  unitsOf,
} from '../domain/customer-holds.ts';
import type { CustomerHoldStore } from '../use-cases/ports.ts';
import { CLAIM_PREFIX, customerHoldsKey } from './order-items.ts';
import { toCustomerHolds } from './order-records.ts';

/** A customer's claims in one item: counters that a condition can be held against, and what they count. */
export class DynamoCustomerHoldStore implements CustomerHoldStore {
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#client = client;
    this.#tableName = tableName;
  }

  async claim(customerId: string, hold: CustomerHold, caps: HoldCaps): Promise<CustomerHolds | undefined> {
    // More than may ever be held: no record is there that could say so.
    const left = caps.units - hold.units;
    try {
      await this.#client.send(
        new UpdateCommand({
          TableName: this.#tableName,
          Key: customerHoldsKey(customerId),
          UpdateExpression:
            'SET #claim = :claim, #type = :type, #ttl = :ttl ADD openHolds :one, openUnits :units, #version :one',
          ConditionExpression:
            'attribute_not_exists(#claim) AND (attribute_not_exists(openHolds) OR (openHolds < :holds AND openUnits <= :left))',
          ExpressionAttributeNames: {
            '#claim': CLAIM_PREFIX + hold.orderId,
            '#type': 'type',
            '#ttl': 'ttl',
            '#version': 'version',
          },
          ExpressionAttributeValues: {
            ':claim': { units: hold.units, claimedAt: hold.claimedAt },
            ':type': 'customerHolds',
            ':ttl': ttlOf([hold]),
            ':one': 1,
            ':units': hold.units,
            ':holds': caps.holds,
            ':left': left,
          },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return undefined;
    } catch (fault) {
      if (fault instanceof ConditionalCheckFailedException && fault.Item)
        return toCustomerHolds(customerId, toItem(fault.Item));
      throw fault;
    }
  }

  async replace({ customerId, holds, version }: CustomerHolds): Promise<void> {
    await unlessChanged(
      this.#client.send(
        new PutCommand({
          TableName: this.#tableName,
          Item: {
            ...customerHoldsKey(customerId),
            type: 'customerHolds',
            ...Object.fromEntries(
              holds.map(({ orderId, units, claimedAt }) => [CLAIM_PREFIX + orderId, { units, claimedAt }]),
            ),
            openHolds: holds.length,
            openUnits: unitsOf(holds),
            version: version + 1,
            ttl: ttlOf(holds),
          },
          ConditionExpression: '#version = :version',
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: { ':version': version },
        }),
      ),
    );
  }

  async drop(customerId: string, { orderId, units }: CustomerHold): Promise<void> {
    await unlessChanged(
      this.#client.send(
        new UpdateCommand({
          TableName: this.#tableName,
          Key: customerHoldsKey(customerId),
          UpdateExpression: 'REMOVE #claim ADD openHolds :less, openUnits :units, #version :one',
          ConditionExpression: 'attribute_exists(#claim)',
          ExpressionAttributeNames: { '#claim': CLAIM_PREFIX + orderId, '#version': 'version' },
          ExpressionAttributeValues: { ':less': -1, ':units': -units, ':one': 1 },
        }),
      ),
    );
  }

  async forget(customerId: string): Promise<void> {
    await this.#client.send(
      new DeleteCommand({ TableName: this.#tableName, Key: customerHoldsKey(customerId) }),
    );
  }
}

const ttlOf = (holds: readonly CustomerHold[]): number =>
  Math.ceil(Math.max(0, ...holds.map(({ claimedAt }) => claimedAt)) / MILLISECONDS_PER_SECOND) +
  CLAIM_SECONDS_MAX;

/** Another request of the customer came first: whoever needs it looks again. */
async function unlessChanged(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (fault) {
    if (!(fault instanceof ConditionalCheckFailedException)) throw fault;
  }
}
