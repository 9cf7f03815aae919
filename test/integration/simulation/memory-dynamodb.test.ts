import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, inject, test } from 'vitest';
import { TableProperties } from '../../../local/cloud-assembly/property-schemas.ts';
import { createTable, localClientConfig } from '../../../local/dynamodb/dynamodb.ts';
import { AwsError } from '../../../local/errors.ts';
import { TableStream } from '../../../local/streams/dynamodb-streams.ts';
import { toStreamRecord } from '../../../local/streams/stream-record.ts';
import { DynamoDbError, MemoryDynamoDb } from '../../simulator/dynamodb/memory-dynamodb.ts';
import type { ItemChange } from '../../simulator/dynamodb/table.ts';

/** Number of runs, each with its own table and up to 60 operations. */
const RUNS = Number(process.env.DIFFERENTIAL_RUNS ?? 6);
const OPERATIONS_MIN = 30;
const OPERATIONS_MAX = 60;
const STREAM_READS_MAX = 50;

const properties = TableProperties.parse({
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
    { AttributeName: 'listed', AttributeType: 'S' },
    { AttributeName: 'at', AttributeType: 'N' },
  ],
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  BillingMode: 'PAY_PER_REQUEST',
  GlobalSecondaryIndexes: [
    {
      IndexName: 'listing',
      KeySchema: [
        { AttributeName: 'listed', KeyType: 'HASH' },
        { AttributeName: 'at', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['version', 'lines'] },
    },
  ],
  StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
});

type WireResponse = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

async function callDynamoDbLocal(operation: string, request: object): Promise<WireResponse> {
  const response = await fetch(inject('dynamodbEndpoint'), {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      authorization:
        'AWS4-HMAC-SHA256 Credential=local/20261123/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: JSON.stringify(request),
  });
  return { status: response.status, body: (await response.json()) as WireResponse['body'] };
}

function callMemory(memory: MemoryDynamoDb, operation: string, request: object): WireResponse {
  try {
    // Copies, because objects are not shared over the wire.
    const response = memory.actions[`DynamoDB_20120810.${operation}`]?.(structuredClone(request));
    return { status: 200, body: structuredClone(response) as WireResponse['body'] };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const fields = error instanceof DynamoDbError ? error.fields : {};
    return { status: 400, body: { __type: error.name, ...structuredClone(fields) } };
  }
}

type Reason = { readonly Code: string; readonly Item?: unknown };

/**
 * Returns the parts of a response that Stockbook uses. Scans and batches have no order, and
 * messages differ.
 */
function toComparable({ status, body }: WireResponse, isOrdered: boolean): unknown {
  const sorted = (items: unknown): unknown =>
    Array.isArray(items) && !isOrdered
      ? items.map((one) => toCanonicalJson(one)).sort()
      : toCanonicalJson(items);
  const reasons = (body.CancellationReasons as readonly Reason[] | undefined)?.map(
    ({ Code, Item }) => ({
      Code,
      Item: toCanonicalJson(Item),
    }),
  );
  return {
    status,
    error: typeof body.__type === 'string' ? body.__type.replace(/^.*#/, '') : undefined,
    reasons,
    item: toCanonicalJson(body.Item),
    items: sorted(body.Items),
    responses: Object.values((body.Responses ?? {}) as object).map(sorted),
    count: body.Count,
    last: toCanonicalJson(body.LastEvaluatedKey),
  };
}

const toCanonicalJson = (value: unknown): string | undefined =>
  value === undefined ? undefined : JSON.stringify(value, (_, inner: unknown) => sortKeys(inner));
const sortKeys = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
    : value;

const number = (value: number) => ({ N: String(value) });
const key = fc.record({
  pk: fc.constantFrom('CELL#tea#main#0', 'CELL#cup#main#0', 'RUN'),
  sk: fc.constantFrom('BALANCE', 'MOVE#1', 'MOVE#2'),
});
const small = fc.integer({ min: -2, max: 6 });
const bucket = fc.constantFrom('60', '120', '180');
type KeyOf = { readonly pk: string; readonly sk: string };
const wireKey = ({ pk, sk }: KeyOf) => ({ pk: { S: pk }, sk: { S: sk } });

const item = fc
  .record(
    {
      key,
      version: small,
      available: small,
      committed: small,
      held: fc.dictionary(bucket, small, { maxKeys: 3 }),
      status: fc.constantFrom('HELD', 'RELEASED'),
      listed: fc.constantFrom('skus', 'runs'),
      at: fc.integer({ min: 0, max: 3 }),
      lastCount: fc.record({ countId: fc.constantFrom('count-1', 'count-2') }),
      lines: fc.array(fc.record({ sku: fc.constantFrom('tea', 'cup'), quantity: small }), {
        maxLength: 2,
      }),
      isDone: fc.boolean(),
      nothing: fc.constant(null),
    },
    { requiredKeys: ['key'] },
  )
  .map(({ key: at, ...fields }) => ({
    ...wireKey(at),
    ...(toWire(fields) as { readonly M: object }).M,
  }));

function toWire(value: unknown): object {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') return number(value);
  if (typeof value === 'boolean') return { BOOL: value };
  if (value === null) return { NULL: true };
  if (Array.isArray(value)) return { L: value.map(toWire) };
  return {
    M: Object.fromEntries(
      Object.entries(value as object).map(([name, inner]) => [name, toWire(inner)]),
    ),
  };
}

/** Conditions of the adapters, and edge cases: missing attributes, other types, negation. */
const condition = fc
  .tuple(small, small, bucket)
  .chain(([one, other, at]) =>
    fc
      .constantFrom(
        'attribute_not_exists(pk)',
        'attribute_exists(pk)',
        'attribute_exists(pk) AND available >= :one',
        '#version = :one',
        '#version <> :one',
        'attribute_not_exists(units) OR units <= :one',
        '#held.#bucket >= :one',
        'attribute_exists(pk) AND committed >= :one AND #held.#bucket >= :other',
        'NOT #version = :one',
        'NOT (available < :one OR committed > :other)',
        'available BETWEEN :one AND :other',
        '#status IN (:held, :other)',
        'begins_with(sk, :move)',
        'lastCount.countId = :count',
        'attribute_not_exists(lastCount)',
        'size(#lines) > :one',
        '#lines[0].quantity = :one',
        'contains(#status, :el)',
        '#status < :one',
      )
      .map((text) => expression(text, one, other, at)),
  );

const VALUES: Readonly<Record<string, object>> = {
  ':held': { S: 'HELD' },
  ':move': { S: 'MOVE#' },
  ':count': { S: 'count-1' },
  ':el': { S: 'EL' },
  ':zero': number(0),
  ':text': { S: 'words' },
  ':map': { M: { '60': number(1) } },
};
const NAMES: Readonly<Record<string, string>> = {
  '#version': 'version',
  '#held': 'held',
  '#status': 'status',
  '#lines': 'lines',
};

/** Returns only the names and values that the text uses, because DynamoDB rejects others. */
function expression(text: string, one: number, other: number, at: string) {
  const uses = (word: string) => new RegExp(`${word.replace('#', '\\#')}\\b`).test(text);
  const names = { ...NAMES, '#bucket': at };
  const values = { ...VALUES, ':one': number(one), ':other': number(other) };
  const used = <Value>(all: Readonly<Record<string, Value>>) =>
    Object.fromEntries(Object.entries(all).filter(([word]) => uses(word)));
  return { text, names: used<string>(names), values: used<object>(values) };
}
type Expression = ReturnType<typeof expression>;

const update = fc
  .tuple(small, small, bucket)
  .chain(([one, other, at]) =>
    fc
      .constantFrom(
        'SET #version = #version + :one, available = available - :other',
        'SET #version = if_not_exists(#version, :zero) + :one',
        'SET #held.#bucket = if_not_exists(#held.#bucket, :zero) + :one',
        'SET #held.#bucket = :one REMOVE available',
        'REMOVE #held.#bucket, committed',
        'SET #held = :map',
        'SET #status = :text ADD units :one',
        'ADD units :one',
        'ADD #status :one',
        'SET available = committed, committed = available',
        'SET #status = available + :text',
      )
      .map((text) => expression(text, one, other, at)),
  );

const conditional = (given: Expression | undefined, returnsOld: boolean, more?: Expression) => {
  const names = { ...given?.names, ...more?.names };
  const values = { ...given?.values, ...more?.values };
  return {
    ...(given === undefined ? {} : { ConditionExpression: given.text }),
    ...(returnsOld ? { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } : {}),
    ...(Object.keys(names).length === 0 ? {} : { ExpressionAttributeNames: names }),
    ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
  };
};
const guard = fc.option(condition, { nil: undefined });
const putArbitrary = fc
  .tuple(item, guard, fc.boolean())
  .map(([Item, given, old]) => ({ Item, ...conditional(given, old) }));
const deleteArbitrary = fc
  .tuple(key, guard, fc.boolean())
  .map(([of, given, old]) => ({ Key: wireKey(of), ...conditional(given, old) }));
const updateArbitrary = fc
  .tuple(key, update, guard, fc.boolean())
  .map(([of, change, given, old]) => ({
    Key: wireKey(of),
    UpdateExpression: change.text,
    // Both expressions share the values; those of the update win in both tables.
    ...conditional(given, old, change),
  }));
const checkArbitrary = fc
  .tuple(key, condition, fc.boolean())
  .map(([of, given, old]) => ({ Key: wireKey(of), ...conditional(given, old) }));
const action = fc.oneof(
  putArbitrary.map((Put) => ({ Put })),
  updateArbitrary.map((Update) => ({ Update })),
  deleteArbitrary.map((Delete) => ({ Delete })),
  checkArbitrary.map((ConditionCheck) => ({ ConditionCheck })),
);

/**
 * Actions on different items. AWS always rejects two actions on one item; DynamoDB Local does so
 * only if no condition fails first.
 */
const actions = fc.uniqueArray(action, { minLength: 1, maxLength: 4, selector: itemOf });

function itemOf(one: Readonly<Record<string, unknown>>): string {
  const { Key, Item } = Object.values(one)[0] as {
    readonly Key?: KeyValue;
    readonly Item?: KeyValue;
  };
  return `${(Key ?? Item)?.pk.S} ${(Key ?? Item)?.sk.S}`;
}
type KeyValue = { readonly pk: { readonly S: string }; readonly sk: { readonly S: string } };

type Operation = {
  readonly name: string;
  readonly request: (tableName: string) => object;
  readonly isOrdered: boolean;
};
const toOperation = (
  name: string,
  isOrdered: boolean,
  request: (tableName: string) => object,
): Operation => ({
  name,
  isOrdered,
  request,
});
const toSingleItemOperation = (name: string) => (fields: object) =>
  toOperation(name, true, (TableName) => ({ TableName, ...fields }));

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: putArbitrary.map(toSingleItemOperation('PutItem')) },
  { weight: 4, arbitrary: updateArbitrary.map(toSingleItemOperation('UpdateItem')) },
  { weight: 1, arbitrary: deleteArbitrary.map(toSingleItemOperation('DeleteItem')) },
  {
    weight: 2,
    arbitrary: key.map((at) =>
      toSingleItemOperation('GetItem')({ Key: wireKey(at), ConsistentRead: true }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.array(key, { maxLength: 4 }).map((keys) =>
      toOperation('BatchGetItem', false, (name) => ({
        RequestItems: { [name]: { Keys: keys.map(wireKey), ConsistentRead: true } },
      })),
    ),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(actions, fc.option(fc.constantFrom('token-1', 'token-2'), { nil: undefined }))
      .map(([chosen, token]) =>
        toOperation('TransactWriteItems', true, (TableName) => ({
          ...(token === undefined
            ? {}
            : { ClientRequestToken: `${token}-${TableName}`.slice(0, 36) }),
          TransactItems: chosen.map((one) =>
            Object.fromEntries(
              Object.entries(one).map(([kind, fields]) => [
                kind,
                { TableName, ...(fields as object) },
              ]),
            ),
          ),
        })),
      ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        key,
        fc.constantFrom(
          '',
          ' AND begins_with(sk, :a)',
          ' AND sk BETWEEN :a AND :b',
          ' AND sk > :a',
        ),
        fc.boolean(),
        fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
      )
      .map(([{ pk }, range, forward, Limit]) =>
        toOperation('Query', true, (TableName) => ({
          TableName,
          KeyConditionExpression: `pk = :pk${range}`,
          ExpressionAttributeValues: {
            ':pk': { S: pk },
            ...(range.includes(':a') ? { ':a': { S: 'MOVE#' } } : {}),
            ...(range.includes(':b') ? { ':b': { S: 'MOVE#1~' } } : {}),
          },
          ScanIndexForward: forward,
          ...(Limit === undefined ? {} : { Limit }),
        })),
      ),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('skus', 'runs'), fc.integer({ min: 0, max: 3 }))
      .map(([list, since]) =>
        toOperation('Query', false, (TableName) => ({
          TableName,
          IndexName: 'listing',
          KeyConditionExpression: 'listed = :list AND #at >= :since',
          ExpressionAttributeNames: { '#at': 'at' },
          ExpressionAttributeValues: { ':list': { S: list }, ':since': number(since) },
        })),
      ),
  },
  {
    weight: 1,
    arbitrary: guard.map((given) =>
      toOperation('Scan', false, (TableName) => {
        const { ConditionExpression: FilterExpression, ...rest } = conditional(
          given,
          false,
        ) as Readonly<Record<string, unknown>>;
        return {
          TableName,
          ConsistentRead: true,
          ...rest,
          ...(FilterExpression === undefined ? {} : { FilterExpression }),
        };
      }),
    ),
  },
);

describe('MemoryDynamoDb', () => {
  test('responds to every operation as DynamoDB Local does, with the same items, errors and stream', async () => {
    const countByCode = new Map<string, number>();
    const run = async (operations: readonly Operation[]): Promise<void> => {
      const tableName = `differential-${randomUUID()}`;
      await createTable(inject('dynamodbEndpoint'), tableName, properties);
      const changes: ItemChange[] = [];
      const memory = new MemoryDynamoDb([{ name: tableName, properties }], Date.now, (_, change) =>
        changes.push(change),
      );

      for (const { name, request, isOrdered } of operations) {
        const given = request(tableName);
        const real = toComparable(await callDynamoDbLocal(name, given), isOrdered);
        const ours = toComparable(callMemory(memory, name, given), isOrdered);

        expect(ours, `${name} ${JSON.stringify(given)}`).toEqual(real);
        const { error = 'ok', reasons = [] } = real as {
          readonly error?: string;
          readonly reasons?: readonly Reason[];
        };
        for (const code of [`${name} ${error}`, ...reasons.map(({ Code }) => Code)])
          countByCode.set(code, (countByCode.get(code) ?? 0) + 1);
      }
      expect(
        changesByItem(changes.map(({ key: of, before, after }) => ({ of, before, after }))),
      ).toEqual(changesByItem(await readStream(tableName, changes.length)));
    };

    await fc.assert(
      fc.asyncProperty(
        fc.array(operation, { minLength: OPERATIONS_MIN, maxLength: OPERATIONS_MAX }),
        run,
      ),
      { numRuns: RUNS, endOnFailure: process.env.CI !== undefined },
    );

    // The operations reached the errors that matter.
    for (const code of [
      'TransactWriteItems ok',
      'TransactWriteItems TransactionCanceledException',
      'ConditionalCheckFailed',
      'PutItem ConditionalCheckFailedException',
      'UpdateItem ValidationException',
      'None',
    ])
      expect(countByCode.get(code) ?? 0, code).toBeGreaterThan(0);
  });
});

type ItemImages = { readonly of: unknown; readonly before: unknown; readonly after: unknown };

/** Returns the changes of each item in order. Changes of different items have no order. */
function changesByItem(
  changes: readonly ItemImages[],
): Readonly<Record<string, readonly string[]>> {
  const found: Record<string, string[]> = {};
  for (const { of: item, before, after } of changes) {
    const id = toCanonicalJson(item) ?? '';
    found[id] = [...(found[id] ?? []), `${toCanonicalJson(before)} -> ${toCanonicalJson(after)}`];
  }
  return found;
}

async function readStream(tableName: string, count: number): Promise<readonly ItemImages[]> {
  const stream = await TableStream.open(localClientConfig(inject('dynamodbEndpoint')), tableName);
  const found: ItemImages[] = [];
  for (const { ShardId = '' } of await stream.listShards()) {
    let iterator = await stream.getIterator(ShardId, undefined);
    for (
      let read = 0;
      read < STREAM_READS_MAX && iterator !== undefined && found.length < count;
      read += 1
    ) {
      const page = await stream.getRecords(iterator, 1_000);
      for (const record of page.records) {
        const { dynamodb } = toStreamRecord(record, '').event as {
          readonly dynamodb: {
            readonly Keys: unknown;
            readonly OldImage?: unknown;
            readonly NewImage?: unknown;
          };
        };
        found.push({ of: dynamodb.Keys, before: dynamodb.OldImage, after: dynamodb.NewImage });
      }
      iterator = page.nextIterator;
    }
  }
  stream.close();
  return found;
}
