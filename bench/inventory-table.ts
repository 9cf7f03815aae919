import { readFileSync } from 'node:fs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { stockbook } from '../lib/stockbook.ts';
import { createTable, localClientConfig, startDynamoDbLocal } from '../local/dynamodb.ts';

export type BenchTable = {
  readonly name: string;
  readonly client: DynamoDBDocumentClient;
  readonly stop: () => Promise<void>;
};

/** The inventory table's properties as the app's template has them, without its stream. */
export function inventoryTableProperties(): Readonly<Record<string, unknown>> {
  const { context } = JSON.parse(readFileSync('cdk.json', 'utf8'));
  const app = new App({ analyticsReporting: false, context });
  stockbook(app);
  const stack = app.node
    .findAll()
    .find((found) => Stack.isStack(found) && found.stackName.endsWith('inventory'));
  const [properties] = Object.values(
    Template.fromStack(stack as Stack).findResources('AWS::DynamoDB::GlobalTable'),
  );
  return { ...properties?.Properties, StreamSpecification: undefined };
}

/** The inventory table on a DynamoDB Local of its own. */
export async function inventoryTable(): Promise<BenchTable> {
  const properties = inventoryTableProperties();
  const local = await startDynamoDbLocal();
  const name = 'inventory';
  await createTable(local.endpoint, name, properties);
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({ ...localClientConfig(local.endpoint), maxAttempts: 5 }),
    { marshallOptions: { removeUndefinedValues: true } },
  );
  return { name, client, stop: local.stop };
}
