import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Item } from './dynamodb/values.ts';

/** Returns an item with plain values instead of DynamoDB's typed ones. */
export const plainItem = (item: Item): Readonly<Record<string, unknown>> => unmarshall({ ...item });
