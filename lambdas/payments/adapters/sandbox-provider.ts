import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  ScanCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { type Clock, systemClock } from '../../shared/clock.ts';
import { type Instant, MILLISECONDS_PER_SECOND } from '../../shared/instant.ts';
import { unlessUnreadable } from '../../shared/unreadable.ts';
import type { ProviderRecord } from '../domain/payment.ts';
import { amountOf, type Refund } from '../domain/refund.ts';
import {
  type Charge,
  type Failed,
  OutcomeUnknown,
  type PaymentProvider,
  type RefundRequest,
} from '../use-cases/ports.ts';
import {
  SANDBOX_PREFIX,
  SANDBOX_RECORD,
  type SandboxRecord,
  type SandboxRefund,
} from './provider-records.ts';

type Status = SandboxRecord['status'];

/** Payment methods that are declined, with the code. A method that this file does not name is declined as unknown. */
const DECLINED: ReadonlyMap<string, string> = new Map([
  ['pm_declined', 'card_declined'],
  ['pm_insufficient_funds', 'insufficient_funds'],
]);
const LOSES_ITS_RESPONSE = 'pm_authorize_timeout';
const CAPTURE_FAILS = 'pm_capture_fails';
/** The simulated customer authenticates after this time, fails to, or never does. */
const ACTION_MILLISECONDS = 30 * MILLISECONDS_PER_SECOND;
const ACTIONS: ReadonlyMap<string, 'authorized' | 'declined' | undefined> = new Map([
  ['pm_requires_action', 'authorized'],
  ['pm_requires_action_fails', 'declined'],
  ['pm_requires_action_abandoned', undefined],
]);
/** A first refund is in its first status for this time, and then in its second one. Every other refund is done at once. */
const REFUND_MILLISECONDS = 10 * 60 * MILLISECONDS_PER_SECOND;
const FIRST_REFUND: ReadonlyMap<string, readonly [Refund['status'], Refund['status']]> = new Map([
  ['pm_refund_pending', ['PENDING', 'DONE']],
  ['pm_refund_pending_fails', ['PENDING', 'FAILED']],
  ['pm_refund_fails_later', ['DONE', 'FAILED']],
]);
/** Number of refund requests that are rejected before one is accepted. */
const REFUND_FAILURES: ReadonlyMap<string, number> = new Map([
  ['pm_refund_fails_2', 2],
  ['pm_refund_fails', Number.POSITIVE_INFINITY],
]);
const ACCEPTED: ReadonlySet<string> = new Set([
  'pm_ok',
  LOSES_ITS_RESPONSE,
  CAPTURE_FAILS,
  ...ACTIONS.keys(),
  ...FIRST_REFUND.keys(),
  ...REFUND_FAILURES.keys(),
]);

/**
 * A provider without a bank. It keeps a record of its own, as a real one does, and does what the payment
 * method's name says. Every step is one conditional write on that record: one effect for each key, however
 * many callers there are at the same time.
 */
export class SandboxProvider implements PaymentProvider {
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;
  readonly #clock: Clock;

  constructor(client: DynamoDBDocumentClient, tableName: string, clock: Clock = systemClock) {
    this.#client = client;
    this.#tableName = tableName;
    this.#clock = clock;
  }

  async authorize(key: string, { amount, paymentMethod }: Charge): Promise<ProviderRecord> {
    const code =
      DECLINED.get(paymentMethod) ?? (ACCEPTED.has(paymentMethod) ? undefined : 'unknown_payment_method');
    const action = ACTIONS.get(paymentMethod);
    const isFirst = await this.#create(key, {
      status: code !== undefined ? 'declined' : ACTIONS.has(paymentMethod) ? 'requires_action' : 'authorized',
      amount,
      paymentMethod,
      refundFailures: 0,
      ...(code === undefined ? {} : { code }),
      ...(action === undefined
        ? {}
        : { becomes: { at: this.#clock() + ACTION_MILLISECONDS, status: action } }),
    });
    if (isFirst && paymentMethod === LOSES_ITS_RESPONSE)
      throw new OutcomeUnknown('the authorization was not answered');
    return this.lookup(key);
  }

  async capture(key: string): Promise<ProviderRecord | Failed> {
    const before = await this.#read(key);
    const isAuthorized = before !== undefined && this.#statusOf(before) === 'authorized';
    if (isAuthorized && before.paymentMethod === CAPTURE_FAILS) {
      return { status: 'failed', code: 'capture_failed' };
    }
    if (isAuthorized) await this.#turn(key, before.status, 'captured');
    return this.lookup(key);
  }

  async void(key: string): Promise<ProviderRecord> {
    const tombstone = { status: 'voided', amount: 0, paymentMethod: '', refundFailures: 0 } as const;
    if (!(await this.#create(key, tombstone)) && !(await this.#turn(key, 'authorized', 'voided')))
      await this.#turn(key, 'requires_action', 'voided');
    return this.lookup(key);
  }

  async refund(key: string, { refundId, amount }: RefundRequest): Promise<ProviderRecord | Failed> {
    const before = await this.#read(key);
    if (before?.status !== 'captured') return this.lookup(key);
    const refunds = before.refunds ?? [];
    if (refunds.some((refund) => refund.refundId === refundId)) return this.lookup(key);
    if (before.refundFailures < (REFUND_FAILURES.get(before.paymentMethod) ?? 0)) {
      await this.#countRefundFailure(key);
      return { status: 'failed', code: 'refund_failed' };
    }
    const now = this.#clock();
    const kept =
      before.amount -
      amountOf(
        refunds.map((refund) => refundAt(refund, now)),
        'PENDING',
        'DONE',
      );
    if (amount > kept) return { status: 'failed', code: 'amount_exceeds_capture' };
    const [first, second] = (refunds.length === 0 && FIRST_REFUND.get(before.paymentMethod)) || ['DONE'];
    const becomes = second && { becomes: { at: now + REFUND_MILLISECONDS, status: second } };
    await this.#addRefund(key, refunds, { refundId, amount, status: first, ...becomes }, now);
    return this.lookup(key);
  }

  async lookup(key: string): Promise<ProviderRecord> {
    const found = await this.#read(key);
    if (found === undefined) return { status: 'unknown' };
    const status = this.#statusOf(found);
    switch (status) {
      case 'requires_action':
        return {
          status: 'requiresAction',
          nextAction: { type: 'redirect', url: `https://sandbox.invalid/authenticate/${key}` },
        };
      case 'declined':
        return { status: 'declined', code: found.code ?? 'authentication_failed' };
      case 'captured': {
        const now = this.#clock();
        return {
          status: 'captured',
          amount: found.amount,
          refunds: (found.refunds ?? []).map((refund) => refundAt(refund, now)),
        };
      }
      case 'authorized':
      case 'voided':
        return { status };
    }
  }

  async refundsSince(since: Instant): Promise<readonly { readonly key: string; readonly refund: Refund }[]> {
    const found: { readonly key: string; readonly refund: Refund }[] = [];
    const now = this.#clock();
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const page = await this.#client.send(
        new ScanCommand({
          TableName: this.#tableName,
          FilterExpression: 'refundedAt >= :since',
          ExpressionAttributeValues: { ':since': since },
          ...(ExclusiveStartKey && { ExclusiveStartKey }),
        }),
      );
      for (const item of page.Items ?? []) {
        const key = String(item.pk).replace(SANDBOX_PREFIX, '');
        // The walk of the audit reports a record that cannot be read.
        const record = await unlessUnreadable(async () => SANDBOX_RECORD.read(item));
        for (const refund of record?.refunds ?? []) found.push({ key, refund: refundAt(refund, now) });
      }
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return found;
  }

  #statusOf({ status, becomes }: SandboxRecord): Status {
    return status === 'requires_action' && becomes !== undefined && becomes.at <= this.#clock()
      ? becomes.status
      : status;
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

  /** False when the stored status is not `from`. */
  #turn(key: string, from: Status, to: Status): Promise<boolean> {
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

  /** False when another refund was added meanwhile. */
  #addRefund(
    key: string,
    before: readonly SandboxRefund[],
    refund: SandboxRefund,
    now: Instant,
  ): Promise<boolean> {
    return unlessRefused(
      this.#client.send(
        new UpdateCommand({
          TableName: this.#tableName,
          Key: keyOf(key),
          UpdateExpression: 'SET refunds = :after, refundedAt = :now',
          ConditionExpression: before.length === 0 ? 'attribute_not_exists(refunds)' : 'refunds = :before',
          ExpressionAttributeValues: {
            ':after': [...before, refund],
            ':now': now,
            ...(before.length === 0 ? {} : { ':before': before }),
          },
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

function refundAt({ becomes, ...refund }: SandboxRefund, now: Instant): Refund {
  if (becomes === undefined || now < becomes.at) return refund;
  const code = becomes.status === 'FAILED' ? { failureCode: 'expired_or_canceled_card' } : {};
  return { ...refund, status: becomes.status, ...code };
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
