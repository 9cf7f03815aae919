import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';

/** An item of a table, unmarshalled. */
export type Item = Readonly<Record<string, unknown>>;

/**
 * Options of every unmarshalling. DynamoDB stores numbers of 38 digits. The SDK throws at a number
 * beyond 2^53, and with it at the whole page that has the record. As a float, the number fails the
 * schema of its own record only.
 */
export const UNMARSHALL_OPTIONS = Object.freeze({ wrapNumbers: Number });

export const toItem = (image: Record<string, AttributeValue>): Item =>
  unmarshall(image, UNMARSHALL_OPTIONS);
