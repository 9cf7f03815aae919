import { type App, Aspects, Tags, Validations } from 'aws-cdk-lib';
import { bundleLambdas } from './bundling/bundle-lambdas.ts';
import { loadConfig } from './config.ts';
import { EncryptWithKey } from './constructs/security/customer-managed-key.ts';
import { NagChecks } from './nag-checks.ts';
import { InventoryStack } from './stacks/inventory-stack.ts';
import { KeyStack } from './stacks/key-stack.ts';
import { OperationsStack } from './stacks/operations-stack.ts';
import { OrdersStack } from './stacks/orders-stack.ts';
import { PaymentsStack } from './stacks/payments-stack.ts';
import { ReconciliationStack } from './stacks/reconciliation-stack.ts';
import { SharedStack } from './stacks/shared-stack.ts';

/** Creates all of Stockbook for one stage, checked against the AWS Solutions rules. */
export function createStockbook(app: App): void {
  createStacks(app);
  Validations.of(app).addPlugins(new NagChecks(app));
}

/** Creates the stacks of one stage: one for each context, and one for shared resources. */
export function createStacks(app: App): void {
  const config = loadConfig(app);
  const bundles = bundleLambdas(config);
  const stackName = (context: string) => `stockbook-${config.stage}-${context}`;

  const shared = new SharedStack(app, stackName('shared'), { config, bundles });
  const contextProps = { config, bundles, shared };
  const inventory = new InventoryStack(app, stackName('inventory'), contextProps);
  const payments = new PaymentsStack(app, stackName('payments'), contextProps);
  const orders = new OrdersStack(app, stackName('orders'), { ...contextProps, payments });
  const { deadLetterQueues } = new ReconciliationStack(app, stackName('reconciliation'), {
    ...contextProps,
    deadLetterQueues: [shared, inventory, payments, orders].flatMap(
      (stack) => stack.deadLetterQueues,
    ),
  });
  new OperationsStack(app, stackName('operations'), {
    ...contextProps,
    sagas: [orders.saga.processOrder, orders.saga.cancelOrder],
    deadLetterQueues,
  });
  if (config.encryption === 'customer-managed')
    Aspects.of(app).add(new EncryptWithKey(new KeyStack(app, stackName('key'), config).key));

  Tags.of(app).add('application', 'stockbook');
  Tags.of(app).add('stage', config.stage);
}
