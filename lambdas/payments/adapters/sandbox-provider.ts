import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type Clock, systemClock } from '../../shared/core/clock.ts';
import type { Instant } from '../../shared/core/instant.ts';
import type { ProviderRecord } from '../domain/payment.ts';
import { amountOf, type Refund } from '../domain/refund.ts';
import {
  type Charge,
  type Failed,
  OutcomeUnknown,
  type PaymentProvider,
  type RefundRequest,
} from '../use-cases/ports.ts';
import type { SandboxRecord } from './provider-records.ts';
import {
  ACCEPTED,
  ACTION_MILLISECONDS,
  ACTIONS,
  CAPTURE_FAILS,
  DECLINED,
  FIRST_REFUND,
  LOSES_ITS_RESPONSE,
  REFUND_FAILURES,
  REFUND_MILLISECONDS,
  refundAt,
} from './sandbox-methods.ts';
import { SandboxRecords } from './sandbox-records.ts';

/**
 * A provider without a bank. It keeps a record of its own, as a real one does, and does what the payment
 * method's name says. Every step is one conditional write on that record: one effect for each key, however
 * many callers there are at the same time.
 */
export class SandboxProvider implements PaymentProvider {
  readonly name = 'sandbox';
  readonly #records: SandboxRecords;
  readonly #clock: Clock;

  constructor(client: DynamoDBDocumentClient, tableName: string, clock: Clock = systemClock) {
    this.#records = new SandboxRecords(client, tableName);
    this.#clock = clock;
  }

  async authorize(key: string, { amount, paymentMethod }: Charge): Promise<ProviderRecord> {
    const code =
      DECLINED.get(paymentMethod) ??
      (ACCEPTED.has(paymentMethod) ? undefined : 'unknown_payment_method');
    const action = ACTIONS.get(paymentMethod);
    const isFirst = await this.#records.create(key, {
      status:
        code !== undefined
          ? 'declined'
          : ACTIONS.has(paymentMethod)
            ? 'requires_action'
            : 'authorized',
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
    const before = await this.#records.read(key);
    const isAuthorized = before !== undefined && this.#statusOf(before) === 'authorized';
    if (isAuthorized && before.paymentMethod === CAPTURE_FAILS) {
      return { status: 'failed', code: 'capture_failed' };
    }
    if (isAuthorized) await this.#records.turn(key, before.status, 'captured');
    return this.lookup(key);
  }

  async void(key: string): Promise<ProviderRecord> {
    const tombstone = {
      status: 'voided',
      amount: 0,
      paymentMethod: '',
      refundFailures: 0,
    } as const;
    if (
      !(await this.#records.create(key, tombstone)) &&
      !(await this.#records.turn(key, 'authorized', 'voided'))
    )
      await this.#records.turn(key, 'requires_action', 'voided');
    return this.lookup(key);
  }

  async refund(key: string, { refundId, amount }: RefundRequest): Promise<ProviderRecord | Failed> {
    const before = await this.#records.read(key);
    if (before?.status !== 'captured') return this.#recordOf(key, before);
    const refunds = before.refunds ?? [];
    if (refunds.some((refund) => refund.refundId === refundId)) return this.#recordOf(key, before);
    if (before.refundFailures < (REFUND_FAILURES.get(before.paymentMethod) ?? 0)) {
      await this.#records.countRefundFailure(key);
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
    const [first, second] = (refunds.length === 0 && FIRST_REFUND.get(before.paymentMethod)) || [
      'DONE',
    ];
    const becomes = second && { becomes: { at: now + REFUND_MILLISECONDS, status: second } };
    await this.#records.addRefund(
      key,
      refunds,
      { refundId, amount, status: first, ...becomes },
      now,
    );
    return this.lookup(key);
  }

  async lookup(key: string): Promise<ProviderRecord> {
    return this.#recordOf(key, await this.#records.read(key));
  }

  #recordOf(key: string, found: SandboxRecord | undefined): ProviderRecord {
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

  async refundsSince(
    since: Instant,
  ): Promise<readonly { readonly key: string; readonly refund: Refund }[]> {
    const now = this.#clock();
    const found = await this.#records.refundedSince(since);
    return found.flatMap(({ key, record: { refunds = [] } }) =>
      refunds.map((refund) => ({ key, refund: refundAt(refund, now) })),
    );
  }

  #statusOf({ status, becomes }: SandboxRecord): SandboxRecord['status'] {
    return status === 'requires_action' && becomes !== undefined && becomes.at <= this.#clock()
      ? becomes.status
      : status;
  }
}
