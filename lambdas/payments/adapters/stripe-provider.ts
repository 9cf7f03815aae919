import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type Stripe from 'stripe';
import type { Instant } from '../../shared/core/instant.ts';
import type { ProviderRecord } from '../domain/payment.ts';
import type { Refund } from '../domain/refund.ts';
import {
  type Charge,
  type Failed,
  OutcomeUnknown,
  type PaymentProvider,
  type RefundRequest,
} from '../use-cases/ports.ts';
import type { StripeAttempt as Attempt } from './provider-records.ts';
import { StripeAttempts } from './stripe-attempts.ts';
import { answered } from './stripe-calls.ts';
import { KEY_METADATA, REFUND_METADATA, refundsOf, refundsSince } from './stripe-refunds.ts';

/**
 * Stripe by PaymentIntents with manual capture. An attempt takes two calls: the first creates an intent,
 * which moves no money, and its id is written down; only then the second confirms it. So whatever response
 * is lost, the intent can be read by its id, consistently (a search by metadata may be a minute behind).
 *
 * Each call that changes something has an idempotency key made of the attempt's. Stripe stores the first
 * response of a key, 500 included, for at least 24 hours. So after an error the intent is read; where it is
 * unchanged, the next try uses the next key. A call without a response keeps its key.
 * https://docs.stripe.com/api/payment_intents, https://docs.stripe.com/api/idempotent_requests
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
    const begun =
      known?.intentId === undefined
        ? await this.#begin(key, known, amount, currency)
        : { intentId: known.intentId };
    if ('code' in begun) return { status: 'declined', code: begun.code };
    const { intentId } = begun;
    if (intentId === undefined) return { status: 'voided' };
    const before = await this.#record(intentId);
    if (before.status !== 'unknown') return before;
    const refusal = await this.#attempts.once(key, known, 'confirm', (idempotencyKey) =>
      this.#stripe.paymentIntents.confirm(
        intentId,
        { payment_method: paymentMethod },
        { idempotencyKey },
      ),
    );
    const after = await this.#record(intentId);
    if (after.status !== 'unknown') return after;
    // Rejected before a bank was asked: a payment method that Stripe does not know.
    if (refusal !== undefined) return { status: 'declined', code: refusal };
    throw new OutcomeUnknown('the confirmation was not decided');
  }

  async capture(key: string): Promise<ProviderRecord | Failed> {
    const attempt = await this.#attempts.get(key);
    const intentId = attempt?.intentId;
    if (intentId === undefined) return this.lookup(key);
    const refusal = await this.#attempts.once(key, attempt, 'capture', (idempotencyKey) =>
      this.#stripe.paymentIntents.capture(intentId, {}, { idempotencyKey }),
    );
    const after = await this.#record(intentId);
    return refusal !== undefined && after.status === 'authorized'
      ? { status: 'failed', code: refusal }
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
    // What is captured, or canceled already, is not canceled: the record says so.
    await this.#attempts.once(key, attempt, 'cancel', (idempotencyKey) =>
      this.#stripe.paymentIntents.cancel(intentId, {}, { idempotencyKey }),
    );
    return this.#record(intentId);
  }

  async refund(key: string, { refundId, amount }: RefundRequest): Promise<ProviderRecord | Failed> {
    const attempt = await this.#attempts.get(key);
    const intentId = attempt?.intentId;
    if (intentId === undefined) return this.lookup(key);
    const before = await this.#record(intentId);
    if (before.status !== 'captured' || before.refunds.some((one) => one.refundId === refundId))
      return before;
    const refusal = await this.#attempts.once(key, attempt, 'refund', (idempotencyKey) =>
      this.#stripe.refunds.create(
        {
          payment_intent: intentId,
          amount,
          metadata: { [KEY_METADATA]: key, [REFUND_METADATA]: refundId },
        },
        // A key goes with one amount: what is kept may change between two tries.
        { idempotencyKey: `${idempotencyKey}:${refundId}:${amount}` },
      ),
    );
    const after = await this.#record(intentId);
    const isListed =
      after.status === 'captured' && after.refunds.some((one) => one.refundId === refundId);
    return refusal === undefined || isListed ? after : { status: 'failed', code: refusal };
  }

  async lookup(key: string): Promise<ProviderRecord> {
    const attempt = await this.#attempts.get(key);
    if (attempt?.intentId !== undefined) return this.#record(attempt.intentId);
    return attempt?.isVoided ? { status: 'voided' } : { status: 'unknown' };
  }

  refundsSince(
    since: Instant,
  ): Promise<readonly { readonly key: string; readonly refund: Refund }[]> {
    return refundsSince(this.#stripe, since);
  }

  /** Creates the intent and writes its id down. No id where the attempt was voided meanwhile; a code where Stripe rejects the amount. */
  async #begin(
    key: string,
    attempt: Attempt | undefined,
    amount: number,
    currency: string,
  ): Promise<{ readonly intentId: string | undefined } | { readonly code: string }> {
    let created: string | undefined;
    const refusal = await this.#attempts.once(key, attempt, 'create', async (idempotencyKey) => {
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
    });
    if (refusal !== undefined) return { code: refusal };
    const isWritten = await this.#attempts.update(
      key,
      'SET intentId = :id',
      'attribute_not_exists(intentId) AND attribute_not_exists(isVoided)',
      { ':id': created },
    );
    return { intentId: isWritten ? created : (await this.#attempts.get(key))?.intentId };
  }

  async #record(intentId: string): Promise<ProviderRecord> {
    const intent = await answered(() =>
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
        throw new OutcomeUnknown(`intent ${intentId} is processing`);
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
