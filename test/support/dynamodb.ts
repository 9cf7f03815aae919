import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient, type GlobalSecondaryIndex } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { inject } from 'vitest';

export const testClient = (): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint: inject('dynamodbEndpoint'),
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    }),
    { marshallOptions: { removeUndefinedValues: true } },
  );

type Index = { readonly name: string; readonly partitionKey: string; readonly sortKey?: string };

/** A fresh table with string keys `pk` and `sk` on the test's DynamoDB Local. */
export async function testTable(
  name: string,
  indexes: readonly Index[] = [],
): Promise<{ tableName: string; client: DynamoDBDocumentClient }> {
  const client = testClient();
  const tableName = `${name}-${randomUUID()}`;
  const attributes = [
    'pk',
    'sk',
    ...indexes.flatMap(({ partitionKey, sortKey }) => [partitionKey, sortKey ?? []].flat()),
  ];
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: attributes.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: keySchema('pk', 'sk'),
      ...(indexes.length === 0 ? {} : { GlobalSecondaryIndexes: indexes.map(toIndex) }),
    }),
  );
  return { tableName, client };
}

const keySchema = (partitionKey: string, sortKey?: string) => [
  { AttributeName: partitionKey, KeyType: 'HASH' as const },
  ...(sortKey === undefined ? [] : [{ AttributeName: sortKey, KeyType: 'RANGE' as const }]),
];

const toIndex = ({ name, partitionKey, sortKey }: Index): GlobalSecondaryIndex => ({
  IndexName: name,
  KeySchema: keySchema(partitionKey, sortKey),
  Projection: { ProjectionType: 'ALL' },
});
