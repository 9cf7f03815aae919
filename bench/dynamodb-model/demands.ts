import type { Action } from '../capacity/actions.ts';
import type { Item, Value } from '../capacity/item-size.ts';
import { expectedUnits, itemsReadUnits } from '../capacity/request-units.ts';
import type { TableShape } from '../capacity/table-shape.ts';
import type { Demand } from './partitions.ts';
import type { DynamoDbRequest } from './proxy/protocol.ts';
import { consistencyByTable } from './request-parameters.ts';

/** Computes the units that requests need of partitions before their result is known. */

type ShapeOf = (table: string) => TableShape;

export const pairWithImages = (actions: readonly Action[], before: readonly (Item | undefined)[]) =>
  actions.map((action, index) => ({ action, before: before[index] }));

export const writeDemands = (
  actions: readonly Action[],
  before: readonly (Item | undefined)[],
  shapeOf: ShapeOf,
  transactional: boolean,
): Demand[] =>
  actions.map((action, index) => ({
    ...partitionKeyOf(action, shapeOf),
    units: expectedUnits(action, before[index], transactional),
  }));

export function readDemands(
  incoming: DynamoDbRequest,
  actions: readonly Action[],
  items: readonly (Item | undefined)[],
  shapeOf: ShapeOf,
): Demand[] {
  const strengths = consistencyByTable(incoming);
  return actions.map((action, index) => ({
    ...partitionKeyOf(action, shapeOf),
    units: itemsReadUnits([items[index]], strengths(action.table)).readUnits,
  }));
}

function partitionKeyOf(
  { table, key }: Action,
  shapeOf: ShapeOf,
): Pick<Demand, 'table' | 'partitionKey'> {
  const [partition] = shapeOf(table).key;
  return { table, partitionKey: JSON.stringify(key[partition]) };
}

/** Units that a page of a query takes before its result is known. */
const PAGE_UNITS = 1;
const EQUALS = /([#\w.]+)\s*=\s*(:\w+)/g;

/**
 * Returns the partition that a query reads, as a demand; none where the query does not determine
 * it. An index has partitions of its own.
 */
export function queryDemands(
  { body }: DynamoDbRequest,
  shapeOf: (table: string) => TableShape,
): Demand[] {
  const {
    TableName = '',
    IndexName,
    KeyConditionExpression = '',
  } = body as Readonly<Record<string, string>>;
  const names = (body.ExpressionAttributeNames ?? {}) as Readonly<Record<string, string>>;
  const values = (body.ExpressionAttributeValues ?? {}) as Readonly<Record<string, Value>>;
  const shape = shapeOf(TableName);
  const key =
    IndexName === undefined ? shape.key : shape.indexes.find(({ name }) => name === IndexName)?.key;
  const equal = [...KeyConditionExpression.matchAll(EQUALS)].find(
    ([, name = '']) => (names[name] ?? name) === key?.[0],
  );
  const value = values[equal?.[2] ?? ''];
  if (value === undefined) return [];
  const table = IndexName === undefined ? TableName : `${TableName}/${IndexName}`;
  return [{ table, partitionKey: JSON.stringify(value), units: PAGE_UNITS }];
}
