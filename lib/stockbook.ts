import { type App, Aspects, Tags, Validations } from 'aws-cdk-lib';
import { bundleLambdas } from './bundling/bundle-lambdas.ts';
import { loadConfig } from './config.ts';
import { EncryptedBy } from './constructs/security/customer-key.ts';
import { SolutionsChecks } from './nag-checks.ts';
import { InventoryStack } from './stacks/inventory-stack.ts';
import { KeyStack } from './stacks/key-stack.ts';
import { OperationsStack } from './stacks/operations-stack.ts';
import { OrdersStack } from './stacks/orders-stack.ts';
import { PaymentsStack } from './stacks/payments-stack.ts';
import { ReconciliationStack } from './stacks/reconciliation-stack.ts';
import { SharedStack } from './stacks/shared-stack.ts';

/** Makes the whole of Stockbook for one stage, checked against AWS's rules for solutions. */
export function stockbook(app: App): void {
  stockbookStacks(app);
  Validations.of(app).addPlugins(new SolutionsChecks(app));
}

/** Makes the stacks of one stage: one for each context, and one for what they share. */
export function stockbookStacks(app: App): void {
  const config = loadConfig(app);
  const bundles = bundleLambdas(config);
  const named = (context: string) => `stockbook-${config.stage}-${context}`;

  const shared = new SharedStack(app, named('shared'), { config, bundles });
  const common = { config, bundles, shared };
  new InventoryStack(app, named('inventory'), common);
  const payments = new PaymentsStack(app, named('payments'), common);
  new OrdersStack(app, named('orders'), { ...common, payments });
  new ReconciliationStack(app, named('reconciliation'), common);
  new OperationsStack(app, named('operations'), common);
  if (config.encryption === 'customer')
    Aspects.of(app).add(new EncryptedBy(new KeyStack(app, named('key'), config).key));

  Tags.of(app).add('application', 'stockbook');
  Tags.of(app).add('stage', config.stage);
}
