import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import Stripe from 'stripe';
import { Table, unlessConditionFails } from '../../shared/dynamodb/table.ts';
import { OutcomeUnknownError } from '../use-cases/ports.ts';
import {
  type StripeAttempt as Attempt,
  type StripeCounter as Counter,
  STRIPE_ATTEMPT,
  STRIPE_PREFIX,
  type StripeCall as Step,
} from './provider-records.ts';
import { rejectionCodeOf } from './stripe-calls.ts';

/** Records of attempts at Stripe: their intents, and the number of used idempotency keys. */
export class StripeAttempts {
  readonly #table: Table;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#table = new Table(client, tableName);
  }

  /**
   * Calls Stripe with the step's current idempotency key. Returns the code of a rejection, or
   * undefined after success. Throws OutcomeUnknownError for anything else. After an error that
   * Stripe stored, the next attempt uses a new key.
   */
  async callOnce(
    key: string,
    attempt: Attempt | undefined,
    step: Step,
    call: (idempotencyKey: string) => Promise<unknown>,
  ): Promise<string | undefined> {
    const before = attempt?.[`${step}Errors`] ?? 0;
    try {
      const rejectionCode = await rejectionCodeOf(() => call(`${key}:${step}:${before}`));
      if (rejectionCode !== undefined) await this.#countError(key, step, before);
      return rejectionCode;
    } catch (error) {
      if (error instanceof OutcomeUnknownError && isStoredError(error.cause))
        await this.#countError(key, step, before);
      throw error;
    }
  }

  async #countError(key: string, step: Step, before: number): Promise<void> {
    const counter: Counter = `${step}Errors`;
    await this.update(
      key,
      `SET ${counter} = :after`,
      before === 0 ? `attribute_not_exists(${counter})` : `${counter} = :before`,
      { ':after': before + 1, ...(before === 0 ? {} : { ':before': before }) },
    );
  }

  async get(key: string): Promise<Attempt | undefined> {
    const item = await this.#table.get(itemKeyOf(key));
    return item && STRIPE_ATTEMPT.read(item);
  }

  /** Updates the record. Returns false when the condition does not hold. */
  update(
    key: string,
    expression: string,
    condition: string,
    values: Readonly<Record<string, unknown>>,
  ): Promise<boolean> {
    return unlessConditionFails(
      this.#table.client.send(
        new UpdateCommand({
          TableName: this.#table.name,
          Key: itemKeyOf(key),
          UpdateExpression: expression,
          ConditionExpression: condition,
          ExpressionAttributeValues: values,
        }),
      ),
    );
  }
}

/**
 * Returns true for a 500, which Stripe stores. A 409 (a duplicate in progress) is a StripeAPIError
 * too, and is not stored.
 */
const isStoredError = (cause: unknown): boolean =>
  cause instanceof Stripe.errors.StripeAPIError && (cause.statusCode ?? 0) >= SERVER_ERROR_MIN;
const SERVER_ERROR_MIN = 500;

const itemKeyOf = (key: string) => ({ pk: STRIPE_PREFIX + key, sk: 'ATTEMPT' });
