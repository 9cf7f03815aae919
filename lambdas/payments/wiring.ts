import { systemClock } from '../shared/clock.ts';
import { documentClient } from '../shared/dynamodb.ts';
import { required } from '../shared/environment.ts';
import { embeddedMetrics } from '../shared/metrics.ts';
import { DynamoPaymentStore } from './adapters/dynamo-payment-store.ts';
import { SandboxProvider } from './adapters/sandbox-provider.ts';

export { eventsOfItems } from './adapters/payment-items.ts';

const { env } = process;
const client = documentClient();

export const paymentStore = () => new DynamoPaymentStore(client, required(env, 'PAYMENTS_TABLE'));
export const paymentPorts = () => ({
  payments: paymentStore(),
  provider: new SandboxProvider(client, required(env, 'SANDBOX_TABLE')),
});
export const metrics = () => embeddedMetrics(required(env, 'STAGE'), systemClock);
export const eventBusName = () => required(env, 'EVENT_BUS');
