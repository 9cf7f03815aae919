import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { ProviderRecord } from '../domain/payment.ts';
import { type Charge, type Failed, OutcomeUnknown, type PaymentProvider } from '../use-cases/ports.ts';
import { SANDBOX_PREFIX, SANDBOX_RECORD, type SandboxRecord } from './provider-records.ts';

/** The payment methods that are declined, by code; any other that is not named here is declined as unknown. */
const DECLINED: ReadonlyMap<string, string> = new Map([
  ['pm_declined', 'card_declined'],
  ['pm_insufficient_funds', 'insufficient_funds'],
]);
const LOSES_ITS_ANSWER = 'pm_authorize_timeout';
const CAPTURE_FAILS = 'pm_capture_fails';
const ACCEPTED: ReadonlySet<string> = new Set([
  'pm_ok',
  LOSES_ITS_ANSWER,
  CAPTURE_FAILS,
  'pm_refund_fails_2',
  'pm_refund_fails',
]);
/** How often a refund fails before it works. */
const REFUND_FAILURES: ReadonlyMap<string, number> = new Map([
  ['pm_refund_fails_2', 2],
  ['pm_refund_fails', Number.POSITIVE_INFINITY],
]);

/**
 * A provider without a bank. It keeps a record of its own, as a real one does, and does what the payment method's name says.
 * Every step is one conditional write on that record: one effect for each key, whoever else asks at the same time.
 */
export class SandboxProvider implements PaymentProvider {
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#client = client;
    this.#tableName = tableName;
  }

  async authorize(key: string, { amount, paymentMethod }: Charge): Promise<ProviderRecord> {
    const code =
      DECLINED.get(paymentMethod) ?? (ACCEPTED.has(paymentMethod) ? undefined : 'unknown_payment_method');
    const status = code === undefined ? 'authorized' : 'declined';
    const isFirst = await this.#create(key, {
      status,
      amount,
      paymentMethod,
      refundFailures: 0,
      ...(code === undefined ? {} : { code }),
    });
    if (isFirst && paymentMethod === LOSES_ITS_ANSWER)
      throw new OutcomeUnknown('the authorization was not answered');
    return this.lookup(key);
  }

  async capture(key: string): Promise<ProviderRecord | Failed> {
    const before = await this.#read(key);
    if (before?.status === 'authorized' && before.paymentMethod === CAPTURE_FAILS) {
      return { status: 'failed', code: 'capture_failed' };
    }
    await this.#turn(key, 'authorized', 'captured');
    return this.lookup(key);
  }

  async void(key: string): Promise<ProviderRecord> {
    const tombstone = { status: 'voided', amount: 0, paymentMethod: '', refundFailures: 0 } as const;
    if (!(await this.#create(key, tombstone))) await this.#turn(key, 'authorized', 'voided');
    return this.lookup(key);
  }

  async refund(key: string): Promise<ProviderRecord | Failed> {
    const before = await this.#read(key);
    if (
      before?.status === 'captured' &&
      before.refundFailures < (REFUND_FAILURES.get(before.paymentMethod) ?? 0)
    ) {
      await this.#countRefundFailure(key);
      return { status: 'failed', code: 'refund_failed' };
    }
    await this.#turn(key, 'captured', 'refunded');
    return this.lookup(key);
  }

  async lookup(key: string): Promise<ProviderRecord> {
    const found = await this.#read(key);
    if (found === undefined) return { status: 'unknown' };
    switch (found.status) {
      case 'declined':
        return { status: 'declined', code: found.code ?? 'declined' };
      case 'captured':
      case 'refunded':
        return { status: found.status, amount: found.amount };
      case 'authorized':
      case 'voided':
        return { status: found.status };
    }
  }

  async #read(key: string): Promise<SandboxRecord | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#tableName, Key: keyOf(key), ConsistentRead: true }),
    );
    return Item && SANDBOX_RECORD.read(Item);
  }

  /** False when there is a record under the key already. */
  #create(key: string, record: SandboxRecord): Promise<boolean> {
    return unlessRefused(
      this.#client.send(
        new PutCommand({
          TableName: this.#tableName,
          Item: { ...keyOf(key), ...record },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      ),
    );
  }

  /** False when the record is not in the status `from`. */
  #turn(key: string, from: SandboxRecord['status'], to: SandboxRecord['status']): Promise<boolean> {
    return unlessRefused(
      this.#client.send(
        new UpdateCommand({
          TableName: this.#tableName,
          Key: keyOf(key),
          UpdateExpression: 'SET #status = :to',
          ConditionExpression: '#status = :from',
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: { ':from': from, ':to': to },
        }),
      ),
    );
  }

  async #countRefundFailure(key: string): Promise<void> {
    await this.#client.send(
      new UpdateCommand({
        TableName: this.#tableName,
        Key: keyOf(key),
        UpdateExpression: 'ADD refundFailures :one',
        ExpressionAttributeValues: { ':one': 1 },
      }),
    );
  }
}

const keyOf = (key: string) => ({ pk: SANDBOX_PREFIX + key, sk: 'AUTHORIZATION' });

async function unlessRefused(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (fault) {
    if (fault instanceof ConditionalCheckFailedException) return false;
    throw fault;
  }
}
