import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Item } from './dynamodb/values.ts';

/** An item as the code that wrote it knows it. */
export const plainItem = (item: Item): Readonly<Record<string, unknown>> => unmarshall({ ...item });
