import { randomUUID } from 'node:crypto';
import {
  BatchGetItemCommand,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { type Item, itemBytes } from '../../../bench/capacity/item-size.ts';
import { itemsReadUnits, writtenUnits } from '../../../bench/capacity/request-units.ts';
import { toTableShape } from '../../../bench/capacity/table-shape.ts';
import {
  allIndexesWriteUnits,
  type Images,
  itemReadUnits,
  pageReadUnits,
  writeUnits,
} from '../../../bench/capacity/units.ts';
import { createTable, localClientConfig } from '../../../local/dynamodb/dynamodb.ts';

/*
 * DynamoDB Local is right about sizes, single writes, reads of existing items, queries with results
 * and indexes. In the last three tests it is wrong, and the oracle follows AWS's rules.
 */
const TableName = `capacity-${randomUUID()}`;
const PROPERTIES = {
  AttributeDefinitions: ['pk', 'sk', 'listed'].map((AttributeName) => ({
    AttributeName,
    AttributeType: 'S',
  })),
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  BillingMode: 'PAY_PER_REQUEST',
  GlobalSecondaryIndexes: [
    {
      IndexName: 'listed',
      KeySchema: [{ AttributeName: 'listed', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
};
const TABLE = toTableShape(TableName, PROPERTIES);
const client = new DynamoDBClient(localClientConfig(inject('dynamodbEndpoint')));

let pk = '';
const keyOf = (sk = 'b') => ({ pk: { S: pk }, sk: { S: sk } });
const itemOfBytes = (bytes: number, more: Item = {}): Item & ReturnType<typeof keyOf> => {
  const item = { ...keyOf(), ...more, x: { S: '' } };
  return { ...item, x: { S: 'x'.repeat(bytes - itemBytes(item)) } };
};

beforeAll(() => createTable(inject('dynamodbEndpoint'), TableName, PROPERTIES));
beforeEach(() => {
  pk = randomUUID();
});
afterAll(() => client.destroy());

const ReturnConsumedCapacity = 'INDEXES' as const;
const put = async (item: Item) =>
  reportedUnits(
    await client.send(
      new PutItemCommand({
        TableName,
        Item: item as Record<string, never>,
        ReturnConsumedCapacity,
      }),
    ),
  );

type CapacityResponse = {
  readonly ConsumedCapacity?:
    | {
        readonly CapacityUnits?: number | undefined;
        readonly Table?: { readonly CapacityUnits?: number | undefined } | undefined;
      }
    | undefined;
};
const reportedUnits = ({ ConsumedCapacity }: CapacityResponse) => {
  const { CapacityUnits = 0, Table } = ConsumedCapacity ?? {};
  const table = Table?.CapacityUnits ?? CapacityUnits;
  return { table, indexes: CapacityUnits - table };
};
const computedUnits = (images: Images) => ({
  table: writeUnits(images),
  indexes: allIndexesWriteUnits(TABLE, images),
});

describe('the oracle agrees with DynamoDB Local where that is right:', () => {
  test.each([1_023, 1_024, 1_025, 4_096, 4_097])(
    'items of %i bytes, written and read',
    async (bytes) => {
      const item = itemOfBytes(bytes);
      const units = await put(item);
      const read = (ConsistentRead: boolean) =>
        client.send(
          new GetItemCommand({ TableName, Key: keyOf(), ConsistentRead, ReturnConsumedCapacity }),
        );

      expect(units).toEqual(computedUnits({ after: item }));
      expect(reportedUnits(await read(true)).table).toBe(itemReadUnits(item, 'strong'));
      expect(reportedUnits(await read(false)).table).toBe(itemReadUnits(item, 'eventual'));
    },
  );

  const VALUES: readonly Item[string][] = [
    { N: '-0.123' },
    { N: '1200' },
    { N: '12345678901' },
    { BOOL: true },
    { NULL: true },
    { SS: ['ab', 'cd'] },
    { NS: ['1', '-2'] },
    { L: [{ S: 'é' }, { L: [] }] },
    { M: { k: { M: { j: { N: '1' } } } } },
  ];
  test.each(VALUES)('a value of each type, to the byte: %j', async (value) => {
    const more = { v: value };

    expect(await put(itemOfBytes(1_024, more))).toMatchObject({ table: 1 });
    expect(await put(itemOfBytes(1_023, more))).toMatchObject({ table: 1 });
    pk = randomUUID();
    expect(await put(itemOfBytes(1_025, more))).toMatchObject({ table: 2 });
  });

  test('updates and puts that grow and shrink an item, and its deletion', async () => {
    const [small, large] = [itemOfBytes(500), itemOfBytes(3_000)];
    const set = async (x: string) =>
      reportedUnits(
        await client.send(
          new UpdateItemCommand({
            TableName,
            Key: keyOf(),
            UpdateExpression: 'SET x = :x',
            ExpressionAttributeValues: { ':x': { S: x } },
            ReturnConsumedCapacity,
          }),
        ),
      );
    const textOf = (item: Item) => (item.x as { S: string }).S;
    const remove = async () =>
      reportedUnits(
        await client.send(
          new DeleteItemCommand({ TableName, Key: keyOf(), ReturnConsumedCapacity }),
        ),
      );

    expect(await put(small)).toEqual(computedUnits({ after: small }));
    expect(await set(textOf(large))).toEqual(computedUnits({ before: small, after: large }));
    expect(await set(textOf(small))).toEqual(computedUnits({ before: large, after: small }));
    expect(await put(large)).toEqual(computedUnits({ before: small, after: large }));
    expect(await put(small)).toEqual(computedUnits({ before: large, after: small }));
    await put(large);
    expect(await remove()).toEqual(computedUnits({ before: large }));
    expect(await remove()).toEqual(computedUnits({}));
  });

  test('an index whose entries are added, kept, moved and removed', async () => {
    const listed = (name: string, more: Item = {}): Item => ({
      ...keyOf(),
      listed: { S: name },
      ...more,
    });
    const steps = [keyOf(), listed('a'), listed('a', { z: { N: '1' } }), listed('b'), keyOf()];
    let before: Item | undefined;
    for (const after of steps) {
      expect(await put(after)).toEqual(computedUnits({ before, after }));
      before = after;
    }
  });

  test('a query, by the sum of its results', async () => {
    const items = ['1', '2', '3'].map((sk) => ({ ...itemOfBytes(2_000), sk: { S: sk } }));
    for (const item of items) await put(item);
    const query = async (ConsistentRead: boolean) =>
      reportedUnits(
        await client.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': { S: pk } },
            ConsistentRead,
            ReturnConsumedCapacity,
          }),
        ),
      ).table;

    expect(await query(true)).toBe(pageReadUnits(items, 'strong'));
    expect(await query(false)).toBe(pageReadUnits(items, 'eventual'));
  });
});

describe('the oracle returns the units that AWS bills where DynamoDB Local is wrong:', () => {
  const totalOf = (all: readonly { readonly CapacityUnits?: number | undefined }[] | undefined) =>
    (all ?? []).reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);

  test('DynamoDB Local counts nothing for missing items of a batch, AWS one step each', async () => {
    const item = itemOfBytes(100);
    await put(item);
    const Keys = [keyOf(), keyOf('absent'), keyOf('absent too')];

    const { ConsumedCapacity } = await client.send(
      new BatchGetItemCommand({
        RequestItems: { [TableName]: { Keys, ConsistentRead: true } },
        ReturnConsumedCapacity,
      }),
    );

    expect(totalOf(ConsumedCapacity)).toBe(1);
    expect(itemsReadUnits([item, undefined, undefined], 'strong').readUnits).toBe(3);
  });

  test('DynamoDB Local counts nothing for a query without results, AWS one step', async () => {
    const { ConsumedCapacity } = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: pk } },
        ReturnConsumedCapacity,
      }),
    );

    expect(ConsumedCapacity?.CapacityUnits).toBe(0);
    expect(pageReadUnits([], 'eventual')).toBe(0.5);
  });

  test('DynamoDB Local doubles the sum of a transaction and its indexes, AWS rounds and doubles each item', async () => {
    const items = ['1', '2', '3'].map((sk) => ({ ...keyOf(sk), listed: { S: 'a' } }));

    const { ConsumedCapacity } = await client.send(
      new TransactWriteItemsCommand({
        TransactItems: items.map((Item) => ({ Put: { TableName, Item } })),
        ReturnConsumedCapacity,
      }),
    );

    const [first] = ConsumedCapacity ?? [];
    expect(first?.Table?.CapacityUnits).toBe(2);
    expect(first?.GlobalSecondaryIndexes?.listed?.CapacityUnits).toBe(2);
    const written = items.map((item) => ({
      action: { kind: 'put' as const, table: TableName, key: keyOf(), item },
      images: { after: item },
    }));
    expect(writtenUnits(written, true, () => TABLE)).toEqual({
      readUnits: 0,
      writeUnits: 6,
      gsiWriteUnits: 3,
    });
  });
});
