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

/** Returns the name of the table of the providers' adapters. */
const providerTable = () => requireVariable(env, 'PROVIDER_TABLE');

export async function paymentPorts() {
  return { payments: paymentStore(), provider: await paymentProvider() };
}

// esbuild knows the provider at build time. As the condition of an if, it drops Stripe's library
// from bundles that do not use it.
async function paymentProvider() {
  const account = await stripeAccount();
  if (process.env.PAYMENT_PROVIDER === 'stripe' && account !== undefined) {
    const { StripeProvider } = await import('./adapters/stripe-provider.ts');
    return new StripeProvider(account.stripe, client, providerTable());
  }
  return new SandboxProvider(client, providerTable());
}

/** Returns the Stripe account, or undefined in a stage with another provider. */
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
/** Returns the sender of changes that the stream's consumer gives up. */
export const deadLetters = () => createDeadLetterSender(requireVariable(env, 'STREAM_DLQ_URL'));
/** Returns the reader of a table item as it is stored now. */
export const storedItem = () => createItemReader(client, requireVariable(env, 'PAYMENTS_TABLE'));
