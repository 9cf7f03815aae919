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

/** The adapter's own records of attempts: which intent is whose, and which idempotency keys are used up. */
export class StripeAttempts {
  readonly #table: Table;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#table = new Table(client, tableName);
  }

  /**
   * Calls Stripe with the step's current key. Returns the code of what Stripe rejects, undefined when it was
   * done. Throws OutcomeUnknown for anything else; after an error that Stripe stored, the next try has another key.
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

  /** False when the condition does not hold. */
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

/** True for a 500. A 409, while a duplicate is in progress, is the library's StripeAPIError too, and is not stored. */
const isStoredError = (cause: unknown): boolean =>
  cause instanceof Stripe.errors.StripeAPIError && (cause.statusCode ?? 0) >= SERVER_ERROR_MIN;
const SERVER_ERROR_MIN = 500;

const itemKeyOf = (key: string) => ({ pk: STRIPE_PREFIX + key, sk: 'ATTEMPT' });
