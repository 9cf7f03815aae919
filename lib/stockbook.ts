import { type App, Aspects, Tags, Validations } from 'aws-cdk-lib';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { bundleLambdas } from './bundling/bundle-lambdas.ts';
import { loadConfig } from './config.ts';
import type { DeadLetterQueue } from './constructs/messaging/dead-letter-queue.ts';
import { EncryptWithKey } from './constructs/security/customer-managed-key.ts';
import { NagChecks } from './nag-checks.ts';
import { InventoryStack } from './stacks/inventory-stack.ts';
import { KeyStack } from './stacks/key-stack.ts';
import { OperationsStack } from './stacks/operations-stack.ts';
import { OrdersStack } from './stacks/orders-stack.ts';
import { PaymentsStack } from './stacks/payments-stack.ts';
import { ReconciliationStack } from './stacks/reconciliation-stack.ts';
import { type ContextStackProps, SharedStack } from './stacks/shared-stack.ts';

/** Creates all of Stockbook for one stage, checked against the AWS Solutions rules. */
export function createStockbook(app: App): void {
  createStacks(app);
  Validations.of(app).addPlugins(new NagChecks(app));
}

/**
 * Creates the stacks of one stage: one for each context, and one for shared resources. A stage with
 * `orders=false` has no orders and no payments.
 */
export function createStacks(app: App): void {
  const config = loadConfig(app);
  const bundles = bundleLambdas(config);
  const stackName = (context: string) => `stockbook-${config.stage}-${context}`;

  const shared = new SharedStack(app, stackName('shared'), { config, bundles });
  const contextProps = { config, bundles, shared };
  const inventory = new InventoryStack(app, stackName('inventory'), contextProps);
  const orders = config.orders ? createOrderStacks(app, stackName, contextProps) : NO_ORDERS;
  const { deadLetterQueues } = new ReconciliationStack(app, stackName('reconciliation'), {
    ...contextProps,
    deadLetterQueues: [
      ...shared.deadLetterQueues,
      ...inventory.deadLetterQueues,
      ...orders.deadLetterQueues,
    ],
  });
  new OperationsStack(app, stackName('operations'), {
    ...contextProps,
    sagas: orders.sagas,
    deadLetterQueues,
  });
  if (config.encryption === 'customer-managed')
    Aspects.of(app).add(new EncryptWithKey(new KeyStack(app, stackName('key'), config).key));

  Tags.of(app).add('application', 'stockbook');
  Tags.of(app).add('stage', config.stage);
}

type OrderResources = {
  readonly sagas: readonly StateMachine[];
  readonly deadLetterQueues: readonly DeadLetterQueue[];
};
const NO_ORDERS: OrderResources = { sagas: [], deadLetterQueues: [] };

/** Creates the stacks that a stage with `orders=false` does not have. */
function createOrderStacks(
  app: App,
  stackName: (context: string) => string,
  props: ContextStackProps,
): OrderResources {
  const payments = new PaymentsStack(app, stackName('payments'), props);
  const orders = new OrdersStack(app, stackName('orders'), { ...props, payments });
  return {
    sagas: [orders.saga.processOrder, orders.saga.cancelOrder],
    deadLetterQueues: [...payments.deadLetterQueues, ...orders.deadLetterQueues],
  };
}
