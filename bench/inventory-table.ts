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

/** The inventory table as the app's template has it, on a DynamoDB Local of its own. */
export async function inventoryTable(): Promise<BenchTable> {
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
  const name = 'inventory';
  await createTable(local.endpoint, name, { ...properties?.Properties, StreamSpecification: undefined });
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({ ...localClientConfig(local.endpoint), maxAttempts: 5 }),
    { marshallOptions: { removeUndefinedValues: true } },
  );
  return { name, client, stop: local.stop };
}
