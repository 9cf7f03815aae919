import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  ScanCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Instant } from '../../shared/core/instant.ts';
import { tryRead } from '../../shared/core/unreadable-record.ts';
import {
  SANDBOX_PREFIX,
  SANDBOX_RECORD,
  type SandboxRecord,
  type SandboxRefund,
} from './provider-records.ts';

type Status = SandboxRecord['status'];

/** The sandbox's own records. Each change is one conditional write. */
export class SandboxRecords {
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#client = client;
    this.#tableName = tableName;
  }

  /** Records with a refund or a dispute since then. The walk of the audit reports one that cannot be read. */
  async listRefundedSince(
    since: Instant,
  ): Promise<readonly { readonly key: string; readonly record: SandboxRecord }[]> {
    const found: { readonly key: string; readonly record: SandboxRecord }[] = [];
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const page = await this.#client.send(
        new ScanCommand({
          TableName: this.#tableName,
          FilterExpression: 'begins_with(pk, :prefix) AND refundedAt >= :since',
          ExpressionAttributeValues: { ':prefix': SANDBOX_PREFIX, ':since': since },
          ...(ExclusiveStartKey && { ExclusiveStartKey }),
        }),
      );
      for (const item of page.Items ?? []) {
        const record = await tryRead(async () => SANDBOX_RECORD.read(item));
        if (record !== undefined)
          found.push({ key: String(item.pk).replace(SANDBOX_PREFIX, ''), record });
      }
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return found;
  }

  async read(key: string): Promise<SandboxRecord | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#tableName, Key: itemKeyOf(key), ConsistentRead: true }),
    );
    return Item && SANDBOX_RECORD.read(Item);
  }

  /** False when there is a record under the key already. */
  create(key: string, record: SandboxRecord): Promise<boolean> {
    return isConditionMet(
      this.#client.send(
        new PutCommand({
          TableName: this.#tableName,
          Item: { ...itemKeyOf(key), ...record },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      ),
    );
  }

  /** False when the stored status is not `from`. */
  transition(key: string, from: Status, to: Status): Promise<boolean> {
    return isConditionMet(
      this.#client.send(
        new UpdateCommand({
          TableName: this.#tableName,
          Key: itemKeyOf(key),
          UpdateExpression: 'SET #status = :to',
          ConditionExpression: '#status = :from',
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: { ':from': from, ':to': to },
        }),
      ),
    );
  }

  /** False when another refund was added meanwhile. */
  addRefund(
    key: string,
    before: readonly SandboxRefund[],
    refund: SandboxRefund,
    now: Instant,
  ): Promise<boolean> {
    return isConditionMet(
      this.#client.send(
        new UpdateCommand({
          TableName: this.#tableName,
          Key: itemKeyOf(key),
          UpdateExpression: 'SET refunds = :after, refundedAt = :now',
          ConditionExpression:
            before.length === 0 ? 'attribute_not_exists(refunds)' : 'refunds = :before',
          ExpressionAttributeValues: {
            ':after': [...before, refund],
            ':now': now,
            ...(before.length === 0 ? {} : { ':before': before }),
          },
        }),
      ),
    );
  }

  async countRefundFailure(key: string): Promise<void> {
    await this.#client.send(
      new UpdateCommand({
        TableName: this.#tableName,
        Key: itemKeyOf(key),
        UpdateExpression: 'ADD refundFailures :one',
        ExpressionAttributeValues: { ':one': 1 },
      }),
    );
  }
}

const itemKeyOf = (key: string) => ({ pk: SANDBOX_PREFIX + key, sk: 'AUTHORIZATION' });

async function isConditionMet(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
