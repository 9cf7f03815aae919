import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { localClientConfig } from '../../local/dynamodb/dynamodb.ts';

export type BenchTable = {
  readonly name: string;
  readonly endpoint: string;
  readonly client: DynamoDBDocumentClient;
};

export const openLocalTable = (endpoint: string, name: string): BenchTable => ({
  name,
  endpoint,
  client: DynamoDBDocumentClient.from(
    new DynamoDBClient({ ...localClientConfig(endpoint), maxAttempts: 5 }),
    { marshallOptions: { removeUndefinedValues: true } },
  ),
});
