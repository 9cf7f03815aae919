import {
  type DynamoDBDocumentClient,
  PutCommand,
  ScanCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Instant } from '../../shared/core/instant.ts';
import { tryRead } from '../../shared/core/unreadable-record.ts';
import { Table, unlessConditionFails } from '../../shared/dynamodb/table.ts';
import {
  SANDBOX_PREFIX,
  SANDBOX_RECORD,
  type SandboxRecord,
  type SandboxRefund,
} from './provider-records.ts';

type Status = SandboxRecord['status'];

/** Records of the sandbox provider. Each change is one conditional write. */
export class SandboxRecords {
  readonly #table: Table;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#table = new Table(client, tableName);
  }

  /**
   * Returns the records with a refund or a dispute since a time. The audit's scan reports
   * unreadable ones.
   */
  async listRefundedSince(
    since: Instant,
  ): Promise<readonly { readonly key: string; readonly record: SandboxRecord }[]> {
    const found: { readonly key: string; readonly record: SandboxRecord }[] = [];
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const page = await this.#table.client.send(
        new ScanCommand({
          TableName: this.#table.name,
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
    const item = await this.#table.get(itemKeyOf(key));
    return item && SANDBOX_RECORD.read(item);
  }

  /** Creates a record. Returns false when the key has one already. */
  create(key: string, record: SandboxRecord): Promise<boolean> {
    return unlessConditionFails(
      this.#table.client.send(
        new PutCommand({
          TableName: this.#table.name,
          Item: { ...itemKeyOf(key), ...record },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      ),
    );
  }

  /** Changes the status. Returns false when the stored status is not `from`. */
  transition(key: string, from: Status, to: Status): Promise<boolean> {
    return unlessConditionFails(
      this.#table.client.send(
        new UpdateCommand({
          TableName: this.#table.name,
          Key: itemKeyOf(key),
          UpdateExpression: 'SET #status = :to',
          ConditionExpression: '#status = :from',
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: { ':from': from, ':to': to },
        }),
      ),
    );
  }

  /** Adds a refund. Returns false when another refund was added meanwhile. */
  addRefund(
    key: string,
    before: readonly SandboxRefund[],
    refund: SandboxRefund,
    now: Instant,
  ): Promise<boolean> {
    return unlessConditionFails(
      this.#table.client.send(
        new UpdateCommand({
          TableName: this.#table.name,
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
    await this.#table.client.send(
      new UpdateCommand({
        TableName: this.#table.name,
        Key: itemKeyOf(key),
        UpdateExpression: 'ADD refundFailures :one',
        ExpressionAttributeValues: { ':one': 1 },
      }),
    );
  }
}

const itemKeyOf = (key: string) => ({ pk: SANDBOX_PREFIX + key, sk: 'AUTHORIZATION' });
