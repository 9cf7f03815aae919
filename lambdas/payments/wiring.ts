import { systemClock } from '../shared/core/clock.ts';
import { requireVariable } from '../shared/core/environment.ts';
import { createDocumentClient } from '../shared/dynamodb/document-client.ts';
import { createItemReader } from '../shared/dynamodb/stored-item.ts';
import { createDeadLetterSender } from '../shared/events/rejected-change.ts';
import { createMetrics } from '../shared/observability/metrics.ts';
import { DynamoPaymentReader, DynamoPaymentStore } from './adapters/dynamo-payment-store.ts';
import { SandboxProvider } from './adapters/sandbox-provider.ts';

export { eventsOfItems } from './adapters/payment-records.ts';

const { env } = process;
const client = createDocumentClient();

export const paymentStore = () =>
  new DynamoPaymentStore(client, requireVariable(env, 'PAYMENTS_TABLE'));
export const paymentReader = () =>
  new DynamoPaymentReader(client, requireVariable(env, 'PAYMENTS_TABLE'), providerTable());

/** The table of the providers' adapters, whichever provider a stage has. */
const providerTable = () => requireVariable(env, 'PROVIDER_TABLE');

export async function paymentPorts() {
  return { payments: paymentStore(), provider: await paymentProvider() };
}

// esbuild knows the provider when it makes the bundles: as the condition of an if, it leaves Stripe's library out where it is not used.
async function paymentProvider() {
  const account = await stripeAccount();
  if (process.env.PAYMENT_PROVIDER === 'stripe' && account !== undefined) {
    const { StripeProvider } = await import('./adapters/stripe-provider.ts');
    return new StripeProvider(account.stripe, client, providerTable());
  }
  return new SandboxProvider(client, providerTable());
}

/** The account at Stripe; undefined in a stage with another provider. */
export async function stripeAccount() {
  if (process.env.PAYMENT_PROVIDER === 'stripe') {
    const { SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
    const { StripeAccount } = await import('./adapters/stripe-account.ts');
    return StripeAccount.load(
      new SecretsManagerClient({}),
      requireVariable(env, 'STRIPE_SECRET_ARN'),
    );
  }
  return undefined;
}

export const metrics = () => createMetrics(requireVariable(env, 'STAGE'), systemClock);
export const eventBusName = () => requireVariable(env, 'EVENT_BUS');
/** Queue of the changes that a consumer of the table's stream gives up. */
export const deadLetters = () => createDeadLetterSender(requireVariable(env, 'STREAM_DLQ_URL'));
/** Reads an item of the table as it is stored now. */
export const storedItem = () => createItemReader(client, requireVariable(env, 'PAYMENTS_TABLE'));
