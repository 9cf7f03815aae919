import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { AwsClient } from 'aws4fetch';
import { DEVELOPER_CREDENTIALS, region } from '../account.ts';
import { localClientConfig } from '../dynamodb/dynamodb.ts';
import type { Runtime } from '../runtime.ts';

/** A runtime as seen from below its API. Only a stage on this machine has it. */
export type Machine = Pick<Runtime, 'api' | 'dynamodb' | 'tables' | 'faults' | 'alerts'>;

/** Adds units to a balance, as a writer does who bypasses inventory. */
export async function addToBalance(
  { dynamodb, tables }: Machine,
  sku: string,
  units: number,
): Promise<void> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(localClientConfig(dynamodb)));
  await client.send(
    new UpdateCommand({
      TableName: tables.inventory,
      Key: { pk: `CELL#${sku}#main#0`, sk: 'BALANCE' },
      UpdateExpression: 'ADD available :units',
      ExpressionAttributeValues: { ':units': units },
    }),
  );
  client.destroy();
}

/** Releases the hold of an order, as another service with the permission to do so. */
export async function releaseHold({ api }: Machine, orderId: string): Promise<void> {
  const aws = new AwsClient({ ...DEVELOPER_CREDENTIALS, service: 'execute-api', region: region() });
  const response = await aws.fetch(`${api}/reservations/${orderId}`, { method: 'DELETE' });
  if (!response.ok) throw new Error(`The hold was not released: ${response.status}`);
}
