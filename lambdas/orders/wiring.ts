import { SFNClient } from '@aws-sdk/client-sfn';
import { systemClock } from '../shared/core/clock.ts';
import { requireCount, requireVariable } from '../shared/core/environment.ts';
import { createDocumentClient } from '../shared/dynamodb/document-client.ts';
import { createItemReader } from '../shared/dynamodb/stored-item.ts';
import { createDeadLetterSender } from '../shared/events/rejected-change.ts';
import { createSignedClient } from '../shared/http/signed-client.ts';
import { createMetrics } from '../shared/observability/metrics.ts';
import { DynamoCustomerHoldStore } from './adapters/dynamo-customer-hold-store.ts';
import { DynamoOrderStore } from './adapters/dynamo-order-store.ts';
import { DynamoPlacementStore } from './adapters/dynamo-placement-store.ts';
import { DynamoProductStore } from './adapters/dynamo-product-store.ts';
import { HttpInventoryClient } from './adapters/http-inventory-client.ts';
import { HttpPaymentsClient } from './adapters/http-payments-client.ts';
import { StepFunctionsSagaCallback, StepFunctionsSagas } from './adapters/step-functions.ts';

export { eventsOfItems } from './adapters/order-records.ts';

const { env } = process;
const client = createDocumentClient();
/** Timeout of one service call; with its retries it stays below the function's timeout. */
const SERVICE_TIMEOUT_MILLISECONDS = 4_000;
const tableName = () => requireVariable(env, 'ORDERS_TABLE');

export const orderStore = () =>
  new DynamoOrderStore(client, {
    name: tableName(),
    customerIndex: requireVariable(env, 'CUSTOMER_INDEX'),
    queueIndex: requireVariable(env, 'QUEUE_INDEX'),
  });
export const customerHoldStore = () => new DynamoCustomerHoldStore(client, tableName());
export const placementStore = () => new DynamoPlacementStore(client, tableName());
/** Returns the limits of holds per customer. */
export const holdCaps = () => ({
  holds: requireCount(env, 'HOLDS_PER_CUSTOMER'),
  units: requireCount(env, 'UNITS_PER_CUSTOMER'),
});
export const productStore = () =>
  new DynamoProductStore(client, {
    name: tableName(),
    productIndex: requireVariable(env, 'PRODUCT_INDEX'),
  });
export const inventory = () =>
  new HttpInventoryClient(
    createSignedClient(env, {
      url: requireVariable(env, 'INVENTORY_URL'),
      timeoutMilliseconds: SERVICE_TIMEOUT_MILLISECONDS,
      serviceName: 'inventory',
    }),
  );
export const payments = () =>
  new HttpPaymentsClient(
    createSignedClient(env, {
      url: requireVariable(env, 'PAYMENTS_URL'),
      timeoutMilliseconds: SERVICE_TIMEOUT_MILLISECONDS,
      serviceName: 'payments',
    }),
  );
export const sagas = () =>
  new StepFunctionsSagas(new SFNClient({}), {
    process: () => requireVariable(env, 'PROCESS_ORDER_ARN'),
    cancel: () => requireVariable(env, 'CANCEL_ORDER_ARN'),
  });
export const sagaCallback = () => new StepFunctionsSagaCallback(new SFNClient({}));
/** Returns the payment provider, which decides which totals can be paid. */
export const paymentProviderName = () => requireVariable(env, 'PAYMENT_PROVIDER');
export const holdSeconds = () => requireCount(env, 'HOLD_SECONDS');
/** Returns the ports of the use cases that continue a payment. */
export const paymentPorts = () => ({
  orders: orderStore(),
  customers: customerHoldStore(),
  inventory: inventory(),
  sagas: sagas(),
});
export const metrics = () => createMetrics(requireVariable(env, 'STAGE'), systemClock);
export const eventBusName = () => requireVariable(env, 'EVENT_BUS');
/** Returns the sender of changes that the stream's consumer gives up. */
export const deadLetters = () => createDeadLetterSender(requireVariable(env, 'STREAM_DLQ_URL'));
/** Returns the reader of a table item as it is stored now. */
export const storedItem = () => createItemReader(client, tableName());
