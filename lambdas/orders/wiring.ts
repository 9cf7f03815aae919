import { SFNClient } from '@aws-sdk/client-sfn';
import { systemClock } from '../shared/core/clock.ts';
import { required, requiredCount } from '../shared/core/environment.ts';
import { documentClient } from '../shared/dynamodb/document-client.ts';
import { storedItemsOf } from '../shared/dynamodb/stored-item.ts';
import { deadLettersAt } from '../shared/events/dead-letter.ts';
import { signedClient } from '../shared/http/signed-client.ts';
import { embeddedMetrics } from '../shared/observability/metrics.ts';
import { DynamoCustomerHoldStore } from './adapters/dynamo-customer-hold-store.ts';
import { DynamoOrderStore } from './adapters/dynamo-order-store.ts';
import { DynamoPlacementStore } from './adapters/dynamo-placement-store.ts';
import { DynamoProductStore } from './adapters/dynamo-product-store.ts';
import { HttpInventory } from './adapters/http-inventory.ts';
import { HttpPayments } from './adapters/http-payments.ts';
import { StepFunctionsCallback, StepFunctionsSagas } from './adapters/step-functions.ts';

export { eventsOfItems } from './adapters/order-records.ts';

const { env } = process;
const client = documentClient();
/** Below the function's own time, with its repeats. */
const SERVICE_TIMEOUT_MILLISECONDS = 4_000;
const tableName = () => required(env, 'ORDERS_TABLE');

export const orderStore = () =>
  new DynamoOrderStore(client, {
    name: tableName(),
    customerIndex: required(env, 'CUSTOMER_INDEX'),
    queueIndex: required(env, 'QUEUE_INDEX'),
  });
export const customerHoldStore = () => new DynamoCustomerHoldStore(client, tableName());
export const placementStore = () => new DynamoPlacementStore(client, tableName());
/** What one customer may hold at a time. */
export const holdCaps = () => ({
  holds: requiredCount(env, 'HOLDS_PER_CUSTOMER'),
  units: requiredCount(env, 'UNITS_PER_CUSTOMER'),
});
export const productStore = () =>
  new DynamoProductStore(client, {
    name: tableName(),
    productIndex: required(env, 'PRODUCT_INDEX'),
  });
export const inventory = () =>
  new HttpInventory(
    signedClient(env, {
      url: required(env, 'INVENTORY_URL'),
      timeoutMilliseconds: SERVICE_TIMEOUT_MILLISECONDS,
      service: 'inventory',
    }),
  );
export const payments = () =>
  new HttpPayments(
    signedClient(env, {
      url: required(env, 'PAYMENTS_URL'),
      timeoutMilliseconds: SERVICE_TIMEOUT_MILLISECONDS,
      service: 'payments',
    }),
  );
export const sagas = () =>
  new StepFunctionsSagas(new SFNClient({}), {
    process: () => required(env, 'PROCESS_ORDER_ARN'),
    cancel: () => required(env, 'CANCEL_ORDER_ARN'),
  });
export const waitingSaga = () => new StepFunctionsCallback(new SFNClient({}));
/** The provider that orders are paid by: it decides which totals can be paid. */
export const paymentProviderName = () => required(env, 'PAYMENT_PROVIDER');
export const holdSeconds = () => requiredCount(env, 'HOLD_SECONDS');
export const metrics = () => embeddedMetrics(required(env, 'STAGE'), systemClock);
export const eventBusName = () => required(env, 'EVENT_BUS');
/** Queue of the changes that a consumer of the table's stream gives up. */
export const deadLetters = () => deadLettersAt(required(env, 'DEAD_LETTERS_URL'));
/** Reads an item of the table as it is stored now. */
export const storedItem = () => storedItemsOf(client, tableName());
