import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { type Instant, MILLISECONDS_PER_SECOND } from '../../shared/core/instant.ts';
import { toItem } from '../../shared/dynamodb/item.ts';
import { Table, unlessConditionFails } from '../../shared/dynamodb/table.ts';
import {
  type CustomerHolds,
  type HoldCaps,
  type HoldClaim,
  unitsOfHolds,
} from '../domain/customer-holds.ts';
import type { CustomerHoldStore } from '../use-cases/ports.ts';
import { CLAIM_PREFIX, customerHoldsKey } from './order-items.ts';
import { toCustomerHolds } from './order-records.ts';

/** Time for which the record is kept after its last hold can end. */
const RETENTION_SECONDS = 3_600;
/**
 * Maximum attempts to drop a claim: concurrent requests for the order may drop theirs in between.
 * After them the claim is left to expire.
 */
const DROP_ATTEMPTS_MAX = 4;

/**
 * Stores a customer's claims in one item: counters that a condition compares with the limits, and
 * the claims that they count.
 */
export class DynamoCustomerHoldStore implements CustomerHoldStore {
  readonly #table: Table;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#table = new Table(client, tableName);
  }

  /**
   * Claims room in one conditional write. Versions start at the time of the claim, so that a
   * recreated record repeats none of its earlier versions.
   */
  async claim(
    customerId: string,
    { orderId, units, claimId, until }: HoldClaim,
    caps: HoldCaps,
  ): Promise<CustomerHolds | undefined> {
    try {
      await this.#table.client.send(
        new UpdateCommand({
          TableName: this.#table.name,
          Key: customerHoldsKey(customerId),
          UpdateExpression:
            'SET #claim = :claim, #type = :type, #ttl = :ttl, #version = if_not_exists(#version, :until) + :one ADD openHolds :one, openUnits :units',
          ConditionExpression:
            'attribute_not_exists(#claim) AND (attribute_not_exists(openHolds) OR (openHolds < :holds AND openUnits <= :left))',
          ExpressionAttributeNames: {
            '#claim': CLAIM_PREFIX + orderId,
            '#type': 'type',
            '#ttl': 'ttl',
            '#version': 'version',
          },
          ExpressionAttributeValues: {
            ':claim': { units, until: { [claimId]: until } },
            ':type': 'customerHolds',
            ':ttl': ttlOf(until),
            ':until': until,
            ':one': 1,
            ':units': units,
            ':holds': caps.holds,
            ':left': caps.units - units,
          },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return undefined;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException && error.Item)
        return toCustomerHolds(customerId, toItem(error.Item));
      throw error;
    }
  }

  join(customerId: string, { orderId, claimId, until }: HoldClaim): Promise<boolean> {
    return this.#update(customerId, {
      UpdateExpression: 'SET #claim.#until.#id = :until, #ttl = :ttl, #version = #version + :one',
      ConditionExpression: 'attribute_exists(#claim)',
      ExpressionAttributeNames: {
        '#claim': CLAIM_PREFIX + orderId,
        '#until': 'until',
        '#id': claimId,
        '#ttl': 'ttl',
        '#version': 'version',
      },
      ExpressionAttributeValues: { ':until': until, ':ttl': ttlOf(until), ':one': 1 },
    });
  }

  async replace({ customerId, holds, version }: CustomerHolds, now: Instant): Promise<void> {
    await unlessConditionFails(
      this.#table.client.send(
        new PutCommand({
          TableName: this.#table.name,
          Item: {
            ...customerHoldsKey(customerId),
            type: 'customerHolds',
            ...Object.fromEntries(
              holds.map(({ orderId, units, until }) => [CLAIM_PREFIX + orderId, { units, until }]),
            ),
            openHolds: holds.length,
            openUnits: unitsOfHolds(holds),
            version: version + 1,
            ttl: ttlOf(Math.max(now, ...holds.flatMap(({ until }) => Object.values(until)))),
          },
          ConditionExpression: '#version = :version',
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: { ':version': version },
        }),
      ),
    );
  }

  async dropClaim(
    customerId: string,
    { orderId, claimId }: Pick<HoldClaim, 'orderId' | 'claimId'>,
  ): Promise<void> {
    const names = {
      '#claim': CLAIM_PREFIX + orderId,
      '#until': 'until',
      '#id': claimId,
      '#version': 'version',
    };
    for (let attempt = 0; attempt < DROP_ATTEMPTS_MAX; attempt += 1) {
      const isLast = await this.#removeClaim(customerId, orderId, {
        condition: 'attribute_exists(#claim.#until.#id) AND size(#claim.#until) = :one',
        names: { '#until': 'until', '#id': claimId },
      });
      if (isLast) return;
      const isOneOfSeveral = await this.#update(customerId, {
        UpdateExpression: 'SET #version = #version + :one REMOVE #claim.#until.#id',
        ConditionExpression: 'attribute_exists(#claim.#until.#id) AND size(#claim.#until) > :one',
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: { ':one': 1 },
      });
      if (isOneOfSeveral) return;
      const existing = (await this.get(customerId))?.holds.find((hold) => hold.orderId === orderId);
      if (existing?.until[claimId] === undefined) return;
    }
  }

  async dropOrder(customerId: string, orderId: string): Promise<void> {
    await this.#removeClaim(customerId, orderId, {
      condition: 'attribute_exists(#claim)',
      names: {},
    });
  }

  async get(customerId: string): Promise<CustomerHolds | undefined> {
    const item = await this.#table.get(customerHoldsKey(customerId));
    return item && toCustomerHolds(customerId, item);
  }

  async delete({ customerId, version }: CustomerHolds): Promise<void> {
    await unlessConditionFails(
      this.#table.client.send(
        new DeleteCommand({
          TableName: this.#table.name,
          Key: customerHoldsKey(customerId),
          ConditionExpression: '#version = :version',
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: { ':version': version },
        }),
      ),
    );
  }

  /** Removes an order's claim and subtracts its stored units from the counter. */
  #removeClaim(
    customerId: string,
    orderId: string,
    {
      condition,
      names,
    }: { readonly condition: string; readonly names: Readonly<Record<string, string>> },
  ): Promise<boolean> {
    return this.#update(customerId, {
      UpdateExpression:
        'SET openHolds = openHolds - :one, openUnits = openUnits - #claim.#units, #version = #version + :one REMOVE #claim',
      ConditionExpression: condition,
      ExpressionAttributeNames: {
        '#claim': CLAIM_PREFIX + orderId,
        '#units': 'units',
        '#version': 'version',
        ...names,
      },
      ExpressionAttributeValues: { ':one': 1 },
    });
  }

  /** Updates the record. Returns false when the condition does not hold. */
  #update(
    customerId: string,
    update: Omit<UpdateCommandInput, 'TableName' | 'Key'>,
  ): Promise<boolean> {
    return unlessConditionFails(
      this.#table.client.send(
        new UpdateCommand({
          TableName: this.#table.name,
          Key: customerHoldsKey(customerId),
          ...update,
        }),
      ),
    );
  }
}

const ttlOf = (until: Instant): number =>
  Math.ceil(until / MILLISECONDS_PER_SECOND) + RETENTION_SECONDS;
