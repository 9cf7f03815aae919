import { type App, Tags } from 'aws-cdk-lib';
import { bundleLambdas } from './bundles.ts';
import { loadConfig } from './config.ts';
import { InventoryStack } from './stacks/inventory-stack.ts';
import { OrdersStack } from './stacks/orders-stack.ts';
import { PaymentsStack } from './stacks/payments-stack.ts';
import { ReconciliationStack } from './stacks/reconciliation-stack.ts';
import { SharedStack } from './stacks/shared-stack.ts';

/** The whole of Stockbook for one stage: a stack for each context, and one for what they share. */
export function stockbook(app: App): void {
  const config = loadConfig(app);
  const bundles = bundleLambdas();
  const named = (context: string) => `stockbook-${config.stage}-${context}`;

  const shared = new SharedStack(app, named('shared'), { config, bundles });
  const common = { config, bundles, shared };
  new InventoryStack(app, named('inventory'), common);
  const payments = new PaymentsStack(app, named('payments'), common);
  new OrdersStack(app, named('orders'), { ...common, payments });
  new ReconciliationStack(app, named('reconciliation'), common);

  Tags.of(app).add('application', 'stockbook');
  Tags.of(app).add('stage', config.stage);
}
