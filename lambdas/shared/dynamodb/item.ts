import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';

/** An item of a table, unmarshalled. */
export type Item = Readonly<Record<string, unknown>>;

/**
 * Options of every unmarshalling. DynamoDB stores numbers of 38 digits. By default, the SDK throws
 * for a number beyond 2^53, so a whole page could not be read. As a float, such a number fails only
 * the schema of its own record.
 */
export const UNMARSHALL_OPTIONS = Object.freeze({ wrapNumbers: Number });

export const toItem = (image: Record<string, AttributeValue>): Item =>
  unmarshall(image, UNMARSHALL_OPTIONS);
