import { readFileSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { createStockbook } from '../lib/stockbook.ts';

/** Returns the properties of the inventory table in the app's template, without its stream. */
export function inventoryTableProperties(): Readonly<Record<string, unknown>> {
  const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
  const app = new App({ analyticsReporting: false, context });
  createStockbook(app);
  const stack = app.node
    .findAll()
    .find((found) => Stack.isStack(found) && found.stackName.endsWith('inventory'));
  const [properties] = Object.values(
    Template.fromStack(stack as Stack).findResources('AWS::DynamoDB::GlobalTable'),
  );
  return { ...properties?.Properties, StreamSpecification: undefined };
}
