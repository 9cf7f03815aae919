import { readFileSync } from 'node:fs';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { stockbook } from '../../lib/stockbook.ts';
import { createTable, startDynamoDbLocal } from '../../local/dynamodb.ts';
import { type BenchTable, localTable } from './local-table.ts';

/** The inventory table as the app's template has it, on a DynamoDB Local of its own. */
export async function inventoryTable(): Promise<BenchTable & { readonly stop: () => Promise<void> }> {
  const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
  const app = new App({ analyticsReporting: false, context });
  stockbook(app);
  const stack = app.node
    .findAll()
    .find((found) => Stack.isStack(found) && found.stackName.endsWith('inventory'));
  const [properties] = Object.values(
    Template.fromStack(stack as Stack).findResources('AWS::DynamoDB::GlobalTable'),
  );
  const local = await startDynamoDbLocal();
  const table = localTable(local.endpoint, 'inventory');
  const stop = async () => {
    table.client.destroy();
    await local.stop();
  };
  try {
    await createTable(local.endpoint, table.name, {
      ...properties?.Properties,
      StreamSpecification: undefined,
    });
    return { ...table, stop };
  } catch (fault) {
    await stop();
    throw fault;
  }
}
