import type { TestProject } from 'vitest/node';
import { startDynamoDbLocal } from '../../../local/dynamodb/dynamodb.ts';
import { waitFor } from '../e2e/wait-for.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    dynamodbEndpoint: string;
  }
}

/** Starts one DynamoDB Local for all integration tests. Each test has its own tables. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { endpoint, stop } = await waitFor('DynamoDB Local of the integration tests', () =>
    startDynamoDbLocal(),
  );
  project.provide('dynamodbEndpoint', endpoint);
  return stop;
}
