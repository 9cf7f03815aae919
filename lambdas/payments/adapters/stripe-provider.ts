import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import Stripe from 'stripe';
import type { ProviderRecord } from '../domain/payment.ts';
import { type Charge, type Failed, OutcomeUnknown, type PaymentProvider } from '../use-cases/ports.ts';
import { type StripeAttempt as Attempt, STRIPE_ATTEMPT, STRIPE_PREFIX } from './provider-records.ts';

/** By which a webhook tells the attempt that an intent is of. */
export const KEY_METADATA = 'stockbook_key';

/**
 * Stripe by PaymentIntents with manual capture. An attempt takes two calls: an intent is made, which moves no money, and its id is written
 * down; only then is it confirmed. So whatever answer is lost, the intent can be asked for by its id, which Stripe answers consistently (a
 * search by metadata may be a minute behind). Every call that changes something has an idempotency key made of the attempt's.
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
    const intentId = known?.intentId ?? (await this.#begin(key, amount, currency));
    if (intentId === undefined) return { status: 'voided' };
    const before = await this.#record(intentId);
    if (before.status !== 'unknown') return before;
    const confirm = () =>
      this.#stripe.paymentIntents.confirm(
        intentId,
        // Nobody is there to be asked for a second factor: a bank that wants one declines.
        { payment_method: paymentMethod, error_on_requires_action: true },
        { idempotencyKey: `${key}:confirm` },
      );
    const refusal = await refusalOf(confirm);
    const after = await this.#record(intentId);
    if (after.status !== 'unknown') return after;
    // Refused before a bank was asked: a payment method that Stripe does not know.
    if (refusal !== undefined) return { status: 'declined', code: refusal };
    throw new OutcomeUnknown('the confirmation was not decided');
  }

  async capture(key: string): Promise<ProviderRecord | Failed> {
    const { intentId } = (await this.#attempt(key)) ?? {};
    if (intentId === undefined) return this.lookup(key);
    const refusal = await refusalOf(() =>
      this.#stripe.paymentIntents.capture(intentId, {}, { idempotencyKey: `${key}:capture` }),
    );
    const after = await this.#record(intentId);
    return refusal !== undefined && after.status === 'authorized'
      ? { status: 'failed', code: refusal }
      : after;
  }

  async void(key: string): Promise<ProviderRecord> {
    const intentId = await this.#forbid(key);
    if (intentId === undefined) return { status: 'voided' };
    // What is captured, or canceled already, is not canceled: the record says so.
    await refusalOf(() =>
      this.#stripe.paymentIntents.cancel(intentId, {}, { idempotencyKey: `${key}:cancel` }),
    );
    return this.#record(intentId);
  }

  async refund(key: string): Promise<ProviderRecord | Failed> {
    const { intentId, refundsRefused = 0 } = (await this.#attempt(key)) ?? {};
    if (intentId === undefined) return this.lookup(key);
    const before = await this.#record(intentId);
    if (before.status !== 'captured') return before;
    // Stripe answers a repeat of a key with the first answer, a refusal too: each refusal makes way for another key.
    const idempotencyKey = `${key}:refund:${refundsRefused}`;
    let failed: string | undefined;
    const refusal = await refusalOf(async () => {
      const { status, failure_reason: reason } = await this.#stripe.refunds.create(
        { payment_intent: intentId },
        { idempotencyKey },
      );
      if (status === 'failed' || status === 'canceled') failed = reason ?? 'refund_failed';
    });
    const code = refusal ?? failed;
    const after = await this.#record(intentId);
    if (code === undefined || after.status === 'refunded') return after;
    await this.#countRefusal(key, refundsRefused);
    return { status: 'failed', code };
  }

  async lookup(key: string): Promise<ProviderRecord> {
    const attempt = await this.#attempt(key);
    if (attempt?.intentId !== undefined) return this.#record(attempt.intentId);
    return attempt?.isVoided ? { status: 'voided' } : { status: 'unknown' };
  }

  /** Makes the intent and writes its id down; undefined when the attempt was voided meanwhile. */
  async #begin(key: string, amount: number, currency: string): Promise<string | undefined> {
    const { id } = await answered(() =>
      this.#stripe.paymentIntents.create(
        {
          amount,
          currency: currency.toLowerCase(),
          capture_method: 'manual',
          allowed_payment_method_types: ['card'],
          metadata: { [KEY_METADATA]: key },
        },
        { idempotencyKey: `${key}:create` },
      ),
    );
    const attempt: Attempt = { intentId: id, isVoided: false, refundsRefused: 0 };
    if (await this.#put(key, attempt)) return id;
    const twin = await this.#attempt(key);
    return twin?.isVoided ? undefined : twin?.intentId;
  }

  /** From now on nothing is authorised under the key; its intent, if it has one. */
  async #forbid(key: string): Promise<string | undefined> {
    if (await this.#put(key, { isVoided: true, refundsRefused: 0 })) return undefined;
    return (await this.#attempt(key))?.intentId;
  }

  async #record(intentId: string): Promise<ProviderRecord> {
    const intent = await answered(() =>
      this.#stripe.paymentIntents.retrieve(intentId, { expand: ['latest_charge'] }),
    );
    const { status, last_payment_error: error, latest_charge: charge, amount_received: amount } = intent;
    switch (status) {
      case 'requires_capture':
        return { status: 'authorized' };
      case 'succeeded': {
        const refunded = typeof charge === 'object' && charge !== null ? charge.amount_refunded : 0;
        return { status: refunded >= amount ? 'refunded' : 'captured', amount };
      }
      case 'canceled':
        return { status: 'voided' };
      case 'processing':
        throw new OutcomeUnknown(`intent ${intentId} is processing`);
      case 'requires_payment_method':
      case 'requires_confirmation':
      case 'requires_action':
        return error === null
          ? { status: 'unknown' }
          : { status: 'declined', code: error.decline_code ?? error.code ?? 'declined' };
      default:
        throw new Error(`Stripe has an intent in status ${status}, which is not known here`);
    }
  }

  async #attempt(key: string): Promise<Attempt | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#tableName, Key: keyOf(key), ConsistentRead: true }),
    );
    return Item && STRIPE_ATTEMPT.read(Item);
  }

  async #put(key: string, attempt: Attempt): Promise<boolean> {
    return unlessRefused(
      this.#client.send(
        new PutCommand({
          TableName: this.#tableName,
          Item: { ...keyOf(key), ...attempt },
          ConditionExpression: 'attribute_not_exists(pk)',
        }),
      ),
    );
  }

  async #countRefusal(key: string, before: number): Promise<void> {
    await unlessRefused(
      this.#client.send(
        new UpdateCommand({
          TableName: this.#tableName,
          Key: keyOf(key),
          UpdateExpression: 'SET refundsRefused = :after',
          ConditionExpression: 'refundsRefused = :before',
          ExpressionAttributeValues: { ':before': before, ':after': before + 1 },
        }),
      ),
    );
  }
}

const keyOf = (key: string) => ({ pk: STRIPE_PREFIX + key, sk: 'ATTEMPT' });

async function unlessRefused(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (fault) {
    if (fault instanceof ConditionalCheckFailedException) return false;
    throw fault;
  }
}

/** The code of what Stripe refuses; undefined when it was done. Throws OutcomeUnknown when nobody knows. */
async function refusalOf(call: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await answered(call);
    return undefined;
  } catch (fault) {
    if (
      fault instanceof Stripe.errors.StripeCardError ||
      fault instanceof Stripe.errors.StripeInvalidRequestError
    )
      return fault.decline_code ?? fault.code ?? fault.type;
    throw fault;
  }
}

/**
 * Throws OutcomeUnknown where no answer came, where Stripe failed, or where a twin of the call is still under way.
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
    if (isUnknown) throw new OutcomeUnknown(`Stripe: ${fault.type}`);
    throw fault;
  }
}
