import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type Stripe from 'stripe';
import type { Instant } from '../../shared/core/instant.ts';
import type { ProviderRecord } from '../domain/payment.ts';
import type { Refund } from '../domain/refund.ts';
import {
  type Charge,
  OutcomeUnknownError,
  type PaymentProvider,
  type ProviderFailure,
  type RefundRequest,
} from '../use-cases/ports.ts';
import type { StripeAttempt as Attempt } from './provider-records.ts';
import { StripeAttempts } from './stripe-attempts.ts';
import { callStripe } from './stripe-calls.ts';
import { KEY_METADATA, listRefundsSince, REFUND_METADATA, refundsOf } from './stripe-refunds.ts';

/**
 * Stripe by PaymentIntents with manual capture. An attempt takes two calls: the first creates an
 * intent, which moves no money, and stores its id; the second confirms it. Whichever response is
 * lost, the intent can be read by its id, consistently. A search by metadata may lag by a minute.
 *
 * Each call that changes something has an idempotency key made of the attempt's key. Stripe stores
 * the first response of a key, including a 500, for at least 24 hours. After an error the intent is
 * read; if it is unchanged, the next attempt uses the next key. A call without a response keeps its
 * key. https://docs.stripe.com/api/payment_intents, https://docs.stripe.com/api/idempotent_requests
 */
export class StripeProvider implements PaymentProvider {
  readonly name = 'stripe';
  readonly #stripe: Stripe;
  readonly #attempts: StripeAttempts;

  constructor(stripe: Stripe, client: DynamoDBDocumentClient, tableName: string) {
    this.#stripe = stripe;
    this.#attempts = new StripeAttempts(client, tableName);
  }

  async authorize(
    key: string,
    { amount, currency, paymentMethod }: Charge,
  ): Promise<ProviderRecord> {
    const known = await this.#attempts.get(key);
    if (known?.isVoided) return { status: 'voided' };
    const created =
      known?.intentId === undefined
        ? await this.#createIntent(key, known, amount, currency)
        : { intentId: known.intentId };
    if ('code' in created) return { status: 'declined', code: created.code };
    const { intentId } = created;
    if (intentId === undefined) return { status: 'voided' };
    const before = await this.#readRecord(intentId);
    if (before.status !== 'unknown') return before;
    const rejectionCode = await this.#attempts.callOnce(key, known, 'confirm', (idempotencyKey) =>
      this.#stripe.paymentIntents.confirm(
        intentId,
        { payment_method: paymentMethod },
        { idempotencyKey },
      ),
    );
    const after = await this.#readRecord(intentId);
    if (after.status !== 'unknown') return after;
    // Stripe rejected the payment method before it asked a bank.
    if (rejectionCode !== undefined) return { status: 'declined', code: rejectionCode };
    throw new OutcomeUnknownError('the confirmation has no result');
  }

  async capture(key: string): Promise<ProviderRecord | ProviderFailure> {
    const attempt = await this.#attempts.get(key);
    const intentId = attempt?.intentId;
    if (intentId === undefined) return this.lookup(key);
    const rejectionCode = await this.#attempts.callOnce(key, attempt, 'capture', (idempotencyKey) =>
      this.#stripe.paymentIntents.capture(intentId, {}, { idempotencyKey }),
    );
    const after = await this.#readRecord(intentId);
    return rejectionCode !== undefined && after.status === 'authorized'
      ? { status: 'failed', code: rejectionCode }
      : after;
  }

  async void(key: string): Promise<ProviderRecord> {
    const isForbidden = await this.#attempts.update(
      key,
      'SET isVoided = :true',
      'attribute_not_exists(intentId)',
      {
        ':true': true,
      },
    );
    if (isForbidden) return { status: 'voided' };
    const attempt = await this.#attempts.get(key);
    const intentId = attempt?.intentId;
    if (intentId === undefined) return { status: 'voided' };
    // A captured or canceled intent stays as it is; its record shows that.
    await this.#attempts.callOnce(key, attempt, 'cancel', (idempotencyKey) =>
      this.#stripe.paymentIntents.cancel(intentId, {}, { idempotencyKey }),
    );
    return this.#readRecord(intentId);
  }

  async refund(
    key: string,
    { refundId, amount }: RefundRequest,
  ): Promise<ProviderRecord | ProviderFailure> {
    const attempt = await this.#attempts.get(key);
    const intentId = attempt?.intentId;
    if (intentId === undefined) return this.lookup(key);
    const before = await this.#readRecord(intentId);
    if (before.status !== 'captured' || before.refunds.some((one) => one.refundId === refundId))
      return before;
    const rejectionCode = await this.#attempts.callOnce(key, attempt, 'refund', (idempotencyKey) =>
      this.#stripe.refunds.create(
        {
          payment_intent: intentId,
          amount,
          metadata: { [KEY_METADATA]: key, [REFUND_METADATA]: refundId },
        },
        // One key per amount: the unrefunded amount may change between two attempts.
        { idempotencyKey: `${idempotencyKey}:${refundId}:${amount}` },
      ),
    );
    const after = await this.#readRecord(intentId);
    const isListed =
      after.status === 'captured' && after.refunds.some((one) => one.refundId === refundId);
    return rejectionCode === undefined || isListed
      ? after
      : { status: 'failed', code: rejectionCode };
  }

  async lookup(key: string): Promise<ProviderRecord> {
    const attempt = await this.#attempts.get(key);
    if (attempt?.intentId !== undefined) return this.#readRecord(attempt.intentId);
    return attempt?.isVoided ? { status: 'voided' } : { status: 'unknown' };
  }

  listRefundsSince(
    since: Instant,
  ): Promise<readonly { readonly key: string; readonly refund: Refund }[]> {
    return listRefundsSince(this.#stripe, since);
  }

  /**
   * Creates the intent and stores its id. Returns no id when the attempt was voided meanwhile, and
   * a code when Stripe rejects the amount.
   */
  async #createIntent(
    key: string,
    attempt: Attempt | undefined,
    amount: number,
    currency: string,
  ): Promise<{ readonly intentId: string | undefined } | { readonly code: string }> {
    let created: string | undefined;
    const rejectionCode = await this.#attempts.callOnce(
      key,
      attempt,
      'create',
      async (idempotencyKey) => {
        const { id } = await this.#stripe.paymentIntents.create(
          {
            amount,
            currency: currency.toLowerCase(),
            capture_method: 'manual',
            allowed_payment_method_types: ['card'],
            metadata: { [KEY_METADATA]: key },
          },
          { idempotencyKey },
        );
        created = id;
      },
    );
    if (rejectionCode !== undefined) return { code: rejectionCode };
    const isWritten = await this.#attempts.update(
      key,
      'SET intentId = :id',
      'attribute_not_exists(intentId) AND attribute_not_exists(isVoided)',
      { ':id': created },
    );
    return { intentId: isWritten ? created : (await this.#attempts.get(key))?.intentId };
  }

  async #readRecord(intentId: string): Promise<ProviderRecord> {
    const intent = await callStripe(() =>
      this.#stripe.paymentIntents.retrieve(intentId, { expand: ['latest_charge.refunds'] }),
    );
    const { status, last_payment_error: error, next_action: action } = intent;
    switch (status) {
      case 'requires_capture':
        return { status: 'authorized' };
      case 'succeeded':
        return {
          status: 'captured',
          amount: intent.amount_received,
          refunds: await refundsOf(this.#stripe, intent),
        };
      case 'canceled':
        return { status: 'voided' };
      case 'processing':
        throw new OutcomeUnknownError(`intent ${intentId} is processing`);
      case 'requires_action': {
        const url = action?.redirect_to_url?.url;
        return {
          status: 'requiresAction',
          nextAction: {
            type: action?.type ?? 'use_stripe_sdk',
            ...(typeof url === 'string' ? { url } : {}),
            ...(intent.client_secret === null ? {} : { clientSecret: intent.client_secret }),
          },
        };
      }
      case 'requires_payment_method':
      case 'requires_confirmation':
        return error === null
          ? { status: 'unknown' }
          : { status: 'declined', code: error.decline_code ?? error.code ?? 'declined' };
      default:
        throw new Error(
          `Stripe returned an intent in status ${status}, which this adapter does not know`,
        );
    }
  }
}
