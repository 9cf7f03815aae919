import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import Stripe from 'stripe';
import { type Instant, MILLISECONDS_PER_SECOND } from '../../shared/instant.ts';
import type { ProviderRecord } from '../domain/payment.ts';
import type { Refund, RefundStatus } from '../domain/refund.ts';
import {
  type Charge,
  type Failed,
  OutcomeUnknown,
  type PaymentProvider,
  type RefundRequest,
} from '../use-cases/ports.ts';
import {
  type StripeAttempt as Attempt,
  type StripeCounter as Counter,
  STRIPE_ATTEMPT,
  STRIPE_PREFIX,
  type StripeStep as Step,
} from './provider-records.ts';

/** Metadata of our intents and refunds: the attempt's key, and the refund's id. */
export const KEY_METADATA = 'stockbook_key';
export const REFUND_METADATA = 'stockbook_refund';

const PAGE_ITEMS_MAX = 100;
/** Maximum number of refunds or disputes that one listing reads. */
const LISTED_MAX = 5_000;

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
  readonly #stripe: Stripe;
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;

  constructor(stripe: Stripe, client: DynamoDBDocumentClient, tableName: string) {
    this.#stripe = stripe;
    this.#client = client;
    this.#tableName = tableName;
  }

  async authorize(key: string, { amount, currency, paymentMethod }: Charge): Promise<ProviderRecord> {
    const known = await this.#attempt(key);
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
    const refusal = await this.#once(key, known, 'confirm', (idempotencyKey) =>
      this.#stripe.paymentIntents.confirm(intentId, { payment_method: paymentMethod }, { idempotencyKey }),
    );
    const after = await this.#record(intentId);
    if (after.status !== 'unknown') return after;
    // Rejected before a bank was asked: a payment method that Stripe does not know.
    if (refusal !== undefined) return { status: 'declined', code: refusal };
    throw new OutcomeUnknown('the confirmation was not decided');
  }

  async capture(key: string): Promise<ProviderRecord | Failed> {
    const attempt = await this.#attempt(key);
    const intentId = attempt?.intentId;
    if (intentId === undefined) return this.lookup(key);
    const refusal = await this.#once(key, attempt, 'capture', (idempotencyKey) =>
      this.#stripe.paymentIntents.capture(intentId, {}, { idempotencyKey }),
    );
    const after = await this.#record(intentId);
    return refusal !== undefined && after.status === 'authorized'
      ? { status: 'failed', code: refusal }
      : after;
  }

  async void(key: string): Promise<ProviderRecord> {
    const isForbidden = await this.#update(key, 'SET isVoided = :true', 'attribute_not_exists(intentId)', {
      ':true': true,
    });
    if (isForbidden) return { status: 'voided' };
    const attempt = await this.#attempt(key);
    const intentId = attempt?.intentId;
    if (intentId === undefined) return { status: 'voided' };
    // What is captured, or canceled already, is not canceled: the record says so.
    await this.#once(key, attempt, 'cancel', (idempotencyKey) =>
      this.#stripe.paymentIntents.cancel(intentId, {}, { idempotencyKey }),
    );
    return this.#record(intentId);
  }

  async refund(key: string, { refundId, amount }: RefundRequest): Promise<ProviderRecord | Failed> {
    const attempt = await this.#attempt(key);
    const intentId = attempt?.intentId;
    if (intentId === undefined) return this.lookup(key);
    const before = await this.#record(intentId);
    if (before.status !== 'captured' || before.refunds.some((one) => one.refundId === refundId))
      return before;
    const refusal = await this.#once(key, attempt, 'refund', (idempotencyKey) =>
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
    const isListed = after.status === 'captured' && after.refunds.some((one) => one.refundId === refundId);
    return refusal === undefined || isListed ? after : { status: 'failed', code: refusal };
  }

  async lookup(key: string): Promise<ProviderRecord> {
    const attempt = await this.#attempt(key);
    if (attempt?.intentId !== undefined) return this.#record(attempt.intentId);
    return attempt?.isVoided ? { status: 'voided' } : { status: 'unknown' };
  }

  async refundsSince(since: Instant): Promise<readonly { readonly key: string; readonly refund: Refund }[]> {
    const list = {
      created: { gte: Math.floor(since / MILLISECONDS_PER_SECOND) },
      limit: PAGE_ITEMS_MAX,
      expand: ['data.payment_intent'],
    };
    const limit = { limit: LISTED_MAX };
    const refunds = await answered(() => this.#stripe.refunds.list(list).autoPagingToArray(limit));
    const disputes = await answered(() => this.#stripe.disputes.list(list).autoPagingToArray(limit));
    return [
      ...refunds.flatMap((refund) => ofIntent(refund, toRefund(refund))),
      ...disputes.flatMap((dispute) => ofIntent(dispute, toDisputed(dispute))),
    ];
  }

  /** Creates the intent and writes its id down. No id where the attempt was voided meanwhile; a code where Stripe rejects the amount. */
  async #begin(
    key: string,
    attempt: Attempt | undefined,
    amount: number,
    currency: string,
  ): Promise<{ readonly intentId: string | undefined } | { readonly code: string }> {
    let created: string | undefined;
    const refusal = await this.#once(key, attempt, 'create', async (idempotencyKey) => {
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
    const isWritten = await this.#update(
      key,
      'SET intentId = :id',
      'attribute_not_exists(intentId) AND attribute_not_exists(isVoided)',
      { ':id': created },
    );
    return { intentId: isWritten ? created : (await this.#attempt(key))?.intentId };
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
          refunds: await this.#refundsOf(intent),
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
        throw new Error(`Stripe returned an intent in status ${status}, which this adapter does not know`);
    }
  }

  /** All refunds of the intent, whoever made them, and what banks took back in disputes. */
  async #refundsOf({ id, latest_charge: charge }: Stripe.PaymentIntent): Promise<readonly Refund[]> {
    if (typeof charge !== 'object' || charge === null) return [];
    const list = { payment_intent: id, limit: PAGE_ITEMS_MAX };
    const limit = { limit: LISTED_MAX };
    const refunds =
      charge.refunds?.has_more === false
        ? charge.refunds.data
        : await answered(() => this.#stripe.refunds.list(list).autoPagingToArray(limit));
    const disputes = charge.disputed
      ? await answered(() => this.#stripe.disputes.list(list).autoPagingToArray(limit))
      : [];
    // Stripe lists the newest first; a payment's record has the oldest first.
    return [...refunds.toReversed().map(toRefund), ...disputes.toReversed().map(toDisputed)];
  }

  /**
   * Calls Stripe with the step's current key. Returns the code of what Stripe rejects, undefined when it was
   * done. Throws OutcomeUnknown for anything else; after an error that Stripe stored, the next try has another key.
   */
  async #once(
    key: string,
    attempt: Attempt | undefined,
    step: Step,
    call: (idempotencyKey: string) => Promise<unknown>,
  ): Promise<string | undefined> {
    const before = attempt?.[`${step}Errors`] ?? 0;
    try {
      const refusal = await refusalOf(() => call(`${key}:${step}:${before}`));
      if (refusal !== undefined) await this.#countError(key, step, before);
      return refusal;
    } catch (fault) {
      if (fault instanceof OutcomeUnknown && fault.cause instanceof Stripe.errors.StripeAPIError)
        await this.#countError(key, step, before);
      throw fault;
    }
  }

  async #countError(key: string, step: Step, before: number): Promise<void> {
    const counter: Counter = `${step}Errors`;
    await this.#update(
      key,
      `SET ${counter} = :after`,
      before === 0 ? `attribute_not_exists(${counter})` : `${counter} = :before`,
      { ':after': before + 1, ...(before === 0 ? {} : { ':before': before }) },
    );
  }

  async #attempt(key: string): Promise<Attempt | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#tableName, Key: keyOf(key), ConsistentRead: true }),
    );
    return Item && STRIPE_ATTEMPT.read(Item);
  }

  /** False when the condition does not hold. */
  async #update(
    key: string,
    expression: string,
    condition: string,
    values: Readonly<Record<string, unknown>>,
  ): Promise<boolean> {
    try {
      await this.#client.send(
        new UpdateCommand({
          TableName: this.#tableName,
          Key: keyOf(key),
          UpdateExpression: expression,
          ConditionExpression: condition,
          ExpressionAttributeValues: values,
        }),
      );
      return true;
    } catch (fault) {
      if (fault instanceof ConditionalCheckFailedException) return false;
      throw fault;
    }
  }
}

const keyOf = (key: string) => ({ pk: STRIPE_PREFIX + key, sk: 'ATTEMPT' });

function ofIntent(
  { payment_intent: intent }: Pick<Stripe.Refund, 'payment_intent'>,
  refund: Refund,
): readonly { readonly key: string; readonly refund: Refund }[] {
  const key = typeof intent === 'object' ? intent?.metadata[KEY_METADATA] : undefined;
  return key === undefined ? [] : [{ key, refund }];
}

/** https://docs.stripe.com/api/refunds/object: canceled and failed refunds give the money back to us. */
const REFUND_STATUS: ReadonlyMap<string | null, RefundStatus> = new Map([
  ['succeeded', 'DONE'],
  ['failed', 'FAILED'],
  ['canceled', 'FAILED'],
]);

function toRefund({ id, amount, status, failure_reason: code, metadata }: Stripe.Refund): Refund {
  const own = metadata?.[REFUND_METADATA];
  const known = REFUND_STATUS.get(status) ?? 'PENDING';
  return {
    refundId: own ?? id,
    amount,
    status: known,
    ...(known === 'FAILED' ? { failureCode: code ?? 'refund_failed' } : {}),
    ...(own === undefined ? { origin: 'DASHBOARD' } : {}),
  };
}

/**
 * A dispute takes the amount back at once; a dispute that is won returns it.
 * https://docs.stripe.com/api/disputes/object
 */
const DISPUTE_STATUS: ReadonlyMap<string, RefundStatus> = new Map([
  ['lost', 'DONE'],
  ['won', 'FAILED'],
  ['warning_closed', 'FAILED'],
  ['prevented', 'FAILED'],
]);

const toDisputed = ({ id, amount, status }: Stripe.Dispute): Refund => ({
  refundId: id,
  amount,
  status: DISPUTE_STATUS.get(status) ?? 'PENDING',
  origin: 'DISPUTE',
});

/** Returns the code of what Stripe rejects; undefined when it was done. Throws OutcomeUnknown when neither is known. */
async function refusalOf(call: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await answered(call);
    return undefined;
  } catch (fault) {
    if (
      fault instanceof Stripe.errors.StripeCardError ||
      fault instanceof Stripe.errors.StripeInvalidRequestError
    )
      return fault.decline_code ?? fault.code ?? fault.rawType ?? fault.type;
    throw fault;
  }
}

/**
 * Throws OutcomeUnknown when no response arrived, when Stripe failed, or while a duplicate of the call is in progress.
 * https://docs.stripe.com/error-low-level
 */
async function answered<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch (fault) {
    const { errors } = Stripe;
    const isUnknown =
      fault instanceof errors.StripeConnectionError ||
      fault instanceof errors.StripeAPIError ||
      fault instanceof errors.StripeRateLimitError ||
      fault instanceof errors.StripeIdempotencyError;
    if (isUnknown) throw new OutcomeUnknown(`Stripe: ${fault.type}`, { cause: fault });
    throw fault;
  }
}
