import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type Clock, systemClock } from '../../shared/core/clock.ts';
import { defined } from '../../shared/core/defined.ts';
import type { Instant } from '../../shared/core/instant.ts';
import type { ProviderRecord } from '../domain/payment.ts';
import { type Refund, sumRefunds } from '../domain/refund.ts';
import {
  type Charge,
  OutcomeUnknownError,
  type PaymentProvider,
  type ProviderFailure,
  type RefundRequest,
} from '../use-cases/ports.ts';
import type { SandboxRecord } from './provider-records.ts';
import {
  ACCEPTED_METHODS,
  ACTION_MILLISECONDS,
  ACTION_RESULTS,
  CAPTURE_FAILURE_METHOD,
  DECLINE_CODES,
  FIRST_REFUND_STATUSES,
  LOST_RESPONSE_METHOD,
  REFUND_FAILURE_COUNTS,
  REFUND_MILLISECONDS,
  refundAt,
} from './sandbox-methods.ts';
import { SandboxRecords } from './sandbox-records.ts';

/**
 * Payment provider without a bank. It stores records of its own, as a real provider does; the
 * payment method selects its behavior. Every step is one conditional write, so concurrent calls
 * under one key have one effect.
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
      DECLINE_CODES.get(paymentMethod) ??
      (ACCEPTED_METHODS.has(paymentMethod) ? undefined : 'unknown_payment_method');
    const action = ACTION_RESULTS.get(paymentMethod);
    const isFirst = await this.#records.create(key, {
      status:
        code !== undefined
          ? 'declined'
          : ACTION_RESULTS.has(paymentMethod)
            ? 'requires_action'
            : 'authorized',
      amount,
      paymentMethod,
      refundFailures: 0,
      ...defined({ code }),
      ...(action === undefined
        ? {}
        : { nextStatus: { at: this.#clock() + ACTION_MILLISECONDS, status: action } }),
    });
    if (isFirst && paymentMethod === LOST_RESPONSE_METHOD)
      throw new OutcomeUnknownError('the response to the authorization is lost');
    return this.lookup(key);
  }

  async capture(key: string): Promise<ProviderRecord | ProviderFailure> {
    const before = await this.#records.read(key);
    const isAuthorized = before !== undefined && this.#statusOf(before) === 'authorized';
    if (isAuthorized && before.paymentMethod === CAPTURE_FAILURE_METHOD) {
      return { status: 'failed', code: 'capture_failed' };
    }
    if (isAuthorized) await this.#records.transition(key, before.status, 'captured');
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
      !(await this.#records.transition(key, 'authorized', 'voided'))
    )
      await this.#records.transition(key, 'requires_action', 'voided');
    return this.lookup(key);
  }

  async refund(
    key: string,
    { refundId, amount }: RefundRequest,
  ): Promise<ProviderRecord | ProviderFailure> {
    const before = await this.#records.read(key);
    if (before?.status !== 'captured') return this.#recordOf(key, before);
    const refunds = before.refunds ?? [];
    if (refunds.some((refund) => refund.refundId === refundId)) return this.#recordOf(key, before);
    if (before.refundFailures < (REFUND_FAILURE_COUNTS.get(before.paymentMethod) ?? 0)) {
      await this.#records.countRefundFailure(key);
      return { status: 'failed', code: 'refund_failed' };
    }
    const now = this.#clock();
    const kept =
      before.amount -
      sumRefunds(
        refunds.map((refund) => refundAt(refund, now)),
        'PENDING',
        'DONE',
      );
    if (amount > kept) return { status: 'failed', code: 'amount_exceeds_capture' };
    const [first, second] = (refunds.length === 0 &&
      FIRST_REFUND_STATUSES.get(before.paymentMethod)) || ['DONE'];
    const nextStatus = second && { nextStatus: { at: now + REFUND_MILLISECONDS, status: second } };
    await this.#records.addRefund(
      key,
      refunds,
      { refundId, amount, status: first, ...nextStatus },
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

  async listRefundsSince(
    since: Instant,
  ): Promise<readonly { readonly key: string; readonly refund: Refund }[]> {
    const now = this.#clock();
    const found = await this.#records.listRefundedSince(since);
    return found.flatMap(({ key, record: { refunds = [] } }) =>
      refunds.map((refund) => ({ key, refund: refundAt(refund, now) })),
    );
  }

  #statusOf({ status, nextStatus }: SandboxRecord): SandboxRecord['status'] {
    return status === 'requires_action' &&
      nextStatus !== undefined &&
      nextStatus.at <= this.#clock()
      ? nextStatus.status
      : status;
  }
}
