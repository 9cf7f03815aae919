import { randomUUID } from 'node:crypto';
import {
  CreateTableCommand,
  DynamoDBClient,
  type GlobalSecondaryIndex,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { inject } from 'vitest';
import { Table } from '../../lambdas/shared/dynamodb/table.ts';

export const createTestClient = (): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint: inject('dynamodbEndpoint'),
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    }),
    { marshallOptions: { removeUndefinedValues: true } },
  );

type TestIndex = {
  readonly name: string;
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly sortKeyType?: 'S' | 'N';
  /** Attributes that the index projects besides the keys. */
  readonly attributes?: readonly string[];
};

/** Index of products, as in the template. */
export const PRODUCTS_INDEX: TestIndex = {
  name: 'products',
  partitionKey: 'listedProduct',
  attributes: ['sku', 'name', 'unitPrice'],
};

/** Creates a table with string keys `pk` and `sk` on the DynamoDB Local of the tests. */
export async function createTestTable(
  name: string,
  indexes: readonly TestIndex[] = [],
): Promise<{ tableName: string; client: DynamoDBDocumentClient; table: Table }> {
  const client = createTestClient();
  const tableName = `${name}-${randomUUID()}`;
  const attributes: [name: string, type: 'S' | 'N'][] = [
    ['pk', 'S'],
    ['sk', 'S'],
    ...indexes.flatMap(({ partitionKey, sortKey, sortKeyType = 'S' }): [string, 'S' | 'N'][] => [
      [partitionKey, 'S'],
      ...(sortKey === undefined ? [] : [[sortKey, sortKeyType] as [string, 'S' | 'N']]),
    ]),
  ];
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: attributes.map(([AttributeName, AttributeType]) => ({
        AttributeName,
        AttributeType,
      })),
      KeySchema: keySchema('pk', 'sk'),
      ...(indexes.length === 0 ? {} : { GlobalSecondaryIndexes: indexes.map(toIndex) }),
    }),
  );
  return { tableName, client, table: new Table(client, tableName) };
}

const keySchema = (partitionKey: string, sortKey?: string) => [
  { AttributeName: partitionKey, KeyType: 'HASH' as const },
  ...(sortKey === undefined ? [] : [{ AttributeName: sortKey, KeyType: 'RANGE' as const }]),
];

const toIndex = ({ name, partitionKey, sortKey, attributes }: TestIndex): GlobalSecondaryIndex => ({
  IndexName: name,
  KeySchema: keySchema(partitionKey, sortKey),
  Projection:
    attributes === undefined
      ? { ProjectionType: 'KEYS_ONLY' }
      : { ProjectionType: 'INCLUDE', NonKeyAttributes: [...attributes] },
});
