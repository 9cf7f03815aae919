import type { Value } from '../capacity/item-size.ts';
import type { TableShape } from '../capacity/table-shape.ts';
import type { Demand } from './partitions.ts';
import type { Incoming } from './wire.ts';

/** What a page of a query takes before it is known what it finds. */
const PAGE_UNITS = 1;
const EQUALS = /([#\w.]+)\s*=\s*(:\w+)/g;

/** The partition that a query reads, as a demand; none where it cannot be told. An index has partitions of its own. */
export function queriedKey({ body }: Incoming, shapeOf: (table: string) => TableShape): Demand[] {
  const { TableName = '', IndexName, KeyConditionExpression = '' } = body as Readonly<Record<string, string>>;
  const names = (body.ExpressionAttributeNames ?? {}) as Readonly<Record<string, string>>;
  const values = (body.ExpressionAttributeValues ?? {}) as Readonly<Record<string, Value>>;
  const shape = shapeOf(TableName);
  const key = IndexName === undefined ? shape.key : shape.indexes.find(({ name }) => name === IndexName)?.key;
  const equal = [...KeyConditionExpression.matchAll(EQUALS)].find(
    ([, name = '']) => (names[name] ?? name) === key?.[0],
  );
  const value = values[equal?.[2] ?? ''];
  if (value === undefined) return [];
  const table = IndexName === undefined ? TableName : `${TableName}/${IndexName}`;
  return [{ table, partitionKey: JSON.stringify(value), units: PAGE_UNITS }];
}
