import { systemClock } from '../shared/clock.ts';
import { deadLettersAt } from '../shared/dead-letter.ts';
import { documentClient } from '../shared/dynamodb.ts';
import { required } from '../shared/environment.ts';
import { embeddedMetrics } from '../shared/metrics.ts';
import { DynamoPaymentStore, DynamoPaymentWalk } from './adapters/dynamo-payment-store.ts';
import { SandboxProvider } from './adapters/sandbox-provider.ts';

export { eventsOfItems } from './adapters/payment-records.ts';

const { env } = process;
const client = documentClient();

export const paymentStore = () => new DynamoPaymentStore(client, required(env, 'PAYMENTS_TABLE'));
/** What the provider's adapter keeps: its table is one of the two. */
export const paymentWalk = () =>
  new DynamoPaymentWalk(
    client,
    required(env, 'PAYMENTS_TABLE'),
    required(env, env.PAYMENT_PROVIDER === 'stripe' ? 'STRIPE_TABLE' : 'SANDBOX_TABLE'),
  );
export async function paymentPorts() {
  return { payments: paymentStore(), provider: await paymentProvider() };
}

// esbuild knows the provider when it makes the bundles: as the condition of an if, it leaves Stripe's library out where it is not used.
async function paymentProvider() {
  if (process.env.PAYMENT_PROVIDER === 'stripe') {
    const { StripeProvider } = await import('./adapters/stripe-provider.ts');
    const { stripe } = await stripeAccount();
    return new StripeProvider(stripe, client, required(env, 'STRIPE_TABLE'));
  }
  return new SandboxProvider(client, required(env, 'SANDBOX_TABLE'));
}

export async function stripeAccount() {
  if (process.env.PAYMENT_PROVIDER === 'stripe') {
    const { SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
    const { StripeAccount } = await import('./adapters/stripe-account.ts');
    return StripeAccount.from(new SecretsManagerClient({}), required(env, 'STRIPE_SECRET_ARN'));
  }
  throw new Error('the payment provider of this stage is not Stripe');
}

export const metrics = () => embeddedMetrics(required(env, 'STAGE'), systemClock);
export const eventBusName = () => required(env, 'EVENT_BUS');
/** Queue of the changes that a consumer of the table's stream gives up. */
export const deadLetters = () => deadLettersAt(required(env, 'DEAD_LETTERS_URL'));
