import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { UNMARSHALL_OPTIONS } from './item.ts';

const CONNECTION_TIMEOUT_MILLISECONDS = 1_000;
const REQUEST_TIMEOUT_MILLISECONDS = 3_000;

/**
 * Creates the client of a function. Requests time out well before the function does, so that the
 * SDK can retry first, with the same transaction token.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
export const createDocumentClient = (): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(
    new DynamoDBClient({
      retryMode: 'standard',
      requestHandler: {
        connectionTimeout: CONNECTION_TIMEOUT_MILLISECONDS,
        requestTimeout: REQUEST_TIMEOUT_MILLISECONDS,
        throwOnRequestTimeout: true,
      },
    }),
    // A copy, because the client writes its own options into the object.
    {
      marshallOptions: { removeUndefinedValues: true },
      unmarshallOptions: { ...UNMARSHALL_OPTIONS },
    },
  );
