import * as z from 'zod/mini';
import { AwsError } from '../../../local/errors.ts';
import { isConditionMet } from './evaluate.ts';
import type { Condition } from './expression.ts';
import { parseCondition } from './parse-expression.ts';
import type { Table } from './table.ts';
import type { Item, Value } from './values.ts';

// A value has the type that the SDK's serializer gave it.
const item = z.record(
  z.string(),
  z.custom<Value>((given) => typeof given === 'object' && given !== null),
);
const readFields = {
  TableName: z.string(),
  IndexName: z.optional(z.string()),
  ConsistentRead: z.optional(z.boolean()),
  FilterExpression: z.optional(z.string()),
  ExpressionAttributeNames: z.optional(z.record(z.string(), z.string())),
  ExpressionAttributeValues: z.optional(item),
  ExclusiveStartKey: z.optional(item),
  Limit: z.optional(z.number()),
};
const Query = z.strictObject({
  ...readFields,
  KeyConditionExpression: z.string(),
  ScanIndexForward: z.optional(z.boolean()),
});
const Scan = z.strictObject({
  ...readFields,
  Segment: z.optional(z.number()),
  TotalSegments: z.optional(z.number()),
});

/**
 * Maximum number of items in a page. DynamoDB ends a page at 1 MB, which is far more of Stockbook's
 * items.
 */
const PAGE_ITEMS_MAX = 500;

/**
 * Returns a page of a query or a scan. `LastEvaluatedKey` is present if the page ended before the
 * items did.
 */
export function readPage(
  kind: 'query' | 'scan',
  request: unknown,
  tableOf: (name: string) => Table,
): object {
  const schema = kind === 'query' ? Query : Scan;
  const parsed = schema.safeParse(request);
  if (!parsed.success)
    throw new Error(
      `the table in memory does not know this request: ${z.prettifyError(parsed.error)}`,
    );
  const given = parsed.data;
  const table = tableOf(given.TableName);
  const expression = (text: string): Condition =>
    parseCondition(text, given.ExpressionAttributeNames, given.ExpressionAttributeValues);
  const all =
    'KeyConditionExpression' in given
      ? itemsOfQuery(given, table, expression)
      : itemsOfScan(given as z.infer<typeof Scan>, table);

  const start = given.ExclusiveStartKey;
  const from = start === undefined ? 0 : indexAfter(all, start, table);
  const limit = Math.min(given.Limit ?? PAGE_ITEMS_MAX, PAGE_ITEMS_MAX);
  const page = all.slice(from, from + limit);
  const filter =
    given.FilterExpression === undefined ? undefined : expression(given.FilterExpression);
  const index = table.index(given.IndexName);
  // A filter sees only what the index projects.
  const copies = page.map((one) => index.project(one));
  const items = filter === undefined ? copies : copies.filter((one) => isConditionMet(filter, one));
  const last = page.at(-1);
  // Like DynamoDB, which does not check whether an item follows a full page.
  const isFull = page.length === limit;
  return {
    Items: items,
    Count: items.length,
    ScannedCount: page.length,
    ...(isFull && last !== undefined
      ? { LastEvaluatedKey: lastEvaluatedKeyOf(last, table, given.IndexName) }
      : {}),
  };
}

function itemsOfQuery(
  { IndexName, KeyConditionExpression: text, ScanIndexForward }: z.infer<typeof Query>,
  table: Table,
  expression: (text: string) => Condition,
): readonly Item[] {
  const index = table.index(IndexName);
  const condition = expression(text);
  const hash = partitionKeyIn(condition, index.names.hash);
  if (hash === undefined)
    throw new AwsError('ValidationException', 'Query condition missed key schema element');
  const found = index.itemsOf(hash).filter((one) => isConditionMet(condition, one));
  return ScanIndexForward === false ? found.reverse() : found;
}

function partitionKeyIn(condition: Condition, name: string): string | undefined {
  if (condition.kind === 'and')
    return condition.parts
      .map((part) => partitionKeyIn(part, name))
      .find((hash) => hash !== undefined);
  if (condition.kind !== 'compare' || condition.operator !== '=') return undefined;
  const { left, right } = condition;
  if (left.kind !== 'path' || left.path[0] !== name || right.kind !== 'value') return undefined;
  return right.value.S ?? right.value.N;
}

/**
 * Returns the items of a scan: each hash key belongs to one segment, and a segment's order is
 * always the same.
 */
function itemsOfScan(
  { IndexName, Segment = 0, TotalSegments = 1 }: z.infer<typeof Scan>,
  table: Table,
): readonly Item[] {
  const index = table.index(IndexName);
  return index
    .partitionKeys()
    .filter((hash) => segmentOf(hash, TotalSegments) === Segment)
    .sort()
    .flatMap((hash) => index.itemsOf(hash));
}

function segmentOf(hash: string, segments: number): number {
  let sum = 0;
  for (let index = 0; index < hash.length; index += 1)
    sum = (Math.imul(sum, 31) + hash.charCodeAt(index)) >>> 0;
  return sum % segments;
}

/** Returns the index after a position, which may be that of an item that no longer exists. */
function indexAfter(items: readonly Item[], start: Item, table: Table): number {
  const id = table.idOf(start);
  const found = items.findIndex((one) => table.idOf(one) === id);
  if (found !== -1) return found + 1;
  const next = items.findIndex((one) => table.idOf(one) > id);
  return next === -1 ? items.length : next;
}

function lastEvaluatedKeyOf(last: Item, table: Table, indexName: string | undefined): Item {
  const { hash, range } = table.index(indexName).names;
  const indexed = [hash, ...(range === undefined ? [] : [range])].flatMap(
    (name): [string, Value][] => (last[name] === undefined ? [] : [[name, last[name]]]),
  );
  return { ...table.keyOf(last), ...Object.fromEntries(indexed) };
}
