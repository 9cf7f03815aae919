import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Item } from '../events/stream-handler.ts';

/**
 * Options of every unmarshalling. DynamoDB keeps numbers of 38 digits; the SDK throws at one beyond 2^53, and so at a whole page that
 * has such a record in it. As a float it fails the schema of its own record alone.
 */
export const UNMARSHALL_OPTIONS = Object.freeze({ wrapNumbers: Number });

export const toItem = (image: Record<string, AttributeValue>): Item =>
  unmarshall(image, UNMARSHALL_OPTIONS);
