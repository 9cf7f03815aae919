import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import Stripe from 'stripe';
import * as z from 'zod/mini';
import { RetryLaterError } from '../../shared/core/errors.ts';
import { KEY_METADATA } from './stripe-refunds.ts';

/** JSON content of the secret. `apiUrl` replaces Stripe's API address in tests. */
const Secret = z.object({
  secretKey: z.string(),
  webhookSecret: z.string(),
  apiUrl: z.optional(z.url()),
});

/**
 * Timeout of one call. With one retry each, the calls of an authorization fit the function's
 * timeout.
 */
const TIMEOUT_MILLISECONDS = 4_000;
const RETRIES_MAX = 1;

/** Stripe account: its API client, and the verification of its webhook events. */
export class StripeAccount {
  readonly stripe: Stripe;
  readonly #webhookSecret: string;

  private constructor({ secretKey, webhookSecret, apiUrl }: z.infer<typeof Secret>) {
    this.#webhookSecret = webhookSecret;
    const url = apiUrl === undefined ? undefined : new URL(apiUrl);
    this.stripe = new Stripe(secretKey, {
      maxNetworkRetries: RETRIES_MAX,
      timeout: TIMEOUT_MILLISECONDS,
      telemetry: false,
      ...(url === undefined
        ? {}
        : {
            host: url.hostname,
            port: url.port,
            protocol: url.protocol === 'http:' ? 'http' : 'https',
          }),
    });
  }

  /** Reads the account's keys from Secrets Manager. Throws when they are missing. */
  static async load(client: SecretsManagerClient, secretArn: string): Promise<StripeAccount> {
    const { SecretString = '' } = await client.send(
      new GetSecretValueCommand({ SecretId: secretArn }),
    );
    return new StripeAccount(Secret.parse(JSON.parse(SecretString)));
  }

  /**
   * Returns the key of the attempt that an event is about, `invalidSignature` for a wrong or old
   * signature (five minutes), or `ignored` for an event of no attempt of ours. Dashboard refunds
   * and disputes name only their intent, whose metadata has the key. Throws RetryLaterError when
   * the intent cannot be read. https://docs.stripe.com/webhooks#verify-official-libraries
   */
  async attemptOfEvent(
    body: string,
    signature: string,
  ): Promise<{ readonly key: string } | 'invalidSignature' | 'ignored'> {
    let event: Stripe.Event;
    try {
      event = await this.stripe.webhooks.constructEventAsync(body, signature, this.#webhookSecret);
    } catch (error) {
      if (error instanceof Stripe.errors.StripeSignatureVerificationError)
        return 'invalidSignature';
      throw error;
    }
    const { metadata, payment_intent: intentId } = event.data.object as EventObject;
    const key = metadata?.[KEY_METADATA] ?? (await this.#attemptKeyOfIntent(intentId));
    return key === undefined ? 'ignored' : { key };
  }

  async #attemptKeyOfIntent(intentId: string | null | undefined): Promise<string | undefined> {
    if (typeof intentId !== 'string') return undefined;
    try {
      return (await this.stripe.paymentIntents.retrieve(intentId)).metadata[KEY_METADATA];
    } catch (error) {
      if (error instanceof Stripe.errors.StripeInvalidRequestError) return undefined;
      throw new RetryLaterError(`Stripe did not return intent ${intentId}`, { cause: error });
    }
  }
}

/** Fields that intents, charges, refunds and disputes have in common. */
type EventObject = {
  readonly metadata?: Readonly<Record<string, string>> | null;
  readonly payment_intent?: string | null;
};
