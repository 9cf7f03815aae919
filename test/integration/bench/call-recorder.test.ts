import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactGetCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import {
  type CallRecorder,
  startCallRecorder,
} from '../../../bench/dynamodb-model/proxy/call-recorder.ts';
import { createTable, localClientConfig } from '../../../local/dynamodb/dynamodb.ts';

const TableName = `recorded-${randomUUID()}`;
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
const KILOBYTE = 1_024;

let recorder: CallRecorder;
let client: DynamoDBDocumentClient;
let pk = '';
const clientOf = (endpoint: string, accessKeyId = 'local') =>
  DynamoDBDocumentClient.from(
    new DynamoDBClient({
      ...localClientConfig(endpoint),
      credentials: { accessKeyId, secretAccessKey: 'local' },
    }),
  );
const item = (sk: string, more: object = {}) => ({ pk, sk, ...more });
const put = (Item: object) => client.send(new PutCommand({ TableName, Item: { ...Item } }));
const units = () =>
  recorder
    .calls()
    .map(({ operation, outcome, readUnits, writeUnits, gsiWriteUnits }) => [
      operation,
      outcome,
      readUnits,
      writeUnits,
      gsiWriteUnits,
    ]);

beforeAll(async () => {
  recorder = await startCallRecorder({ endpoint: inject('dynamodbEndpoint') });
  client = clientOf(recorder.endpoint);
  await createTable(recorder.endpoint, TableName, PROPERTIES);
});
beforeEach(() => {
  pk = randomUUID();
  recorder.reset();
});
afterAll(async () => {
  client.destroy();
  await recorder.stop();
});

describe('the call recorder', () => {
  test('bills single writes by the item before and after', async () => {
    await put(item('a', { x: 'x'.repeat(2 * KILOBYTE) }));
    await client.send(
      new UpdateCommand({
        TableName,
        Key: item('a'),
        UpdateExpression: 'SET listed = :l REMOVE x',
        ExpressionAttributeValues: { ':l': 'tea' },
      }),
    );
    await put(item('a', { listed: 'coffee' }));
    await client.send(new DeleteCommand({ TableName, Key: item('a') }));

    expect(units()).toEqual([
      ['PutItem', 'done', 0, 3, 0],
      ['UpdateItem', 'done', 0, 3, 1],
      ['PutItem', 'done', 0, 1, 2],
      ['DeleteItem', 'done', 0, 1, 1],
    ]);
  });

  test('bills a failed condition by the stored item', async () => {
    await put(item('a', { x: 'x'.repeat(2 * KILOBYTE) }));
    recorder.reset();

    const failing = client.send(
      new PutCommand({
        TableName,
        Item: item('a'),
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );

    await expect(failing).rejects.toThrow('The conditional request failed');
    expect(units()).toEqual([['PutItem', 'ConditionalCheckFailedException', 0, 3, 0]]);
  });

  const transaction = (condition?: string) =>
    client.send(
      new TransactWriteCommand({
        TransactItems: [
          { Put: { TableName, Item: item('a', { listed: 'tea' }) } },
          {
            Update: {
              TableName,
              Key: item('b'),
              UpdateExpression: 'SET x = :x',
              ExpressionAttributeValues: { ':x': 'x'.repeat(KILOBYTE) },
            },
          },
          {
            ConditionCheck: {
              TableName,
              Key: item('c'),
              ConditionExpression: condition ?? 'attribute_not_exists(pk)',
            },
          },
        ],
      }),
    );

  test('bills a transaction twice for each item, and its indexes once', async () => {
    await transaction();

    expect(units()).toEqual([['TransactWriteItems', 'done', 0, 2 + 4 + 2, 1]]);
    expect(recorder.calls()[0]).toMatchObject({
      actions: 3,
      transactional: true,
      table: TableName,
    });
  });

  test('bills a cancelled transaction in full, without indexes', async () => {
    await expect(transaction('attribute_exists(pk)')).rejects.toThrow('Transaction cancelled');

    expect(units()).toEqual([
      ['TransactWriteItems', 'TransactionCanceledException', 0, 2 + 2 + 2, 0],
    ]);
  });

  test('bills single reads by whole item, also for missing items and projections', async () => {
    await put(item('a', { x: 'x'.repeat(4 * KILOBYTE) }));
    recorder.reset();
    const get = (more: object) =>
      client.send(new GetCommand({ TableName, Key: item('a'), ...more }));

    await get({});
    await get({ ConsistentRead: true, ProjectionExpression: 'pk' });
    await client.send(new GetCommand({ TableName, Key: item('absent') }));
    await client.send(
      new BatchGetCommand({
        RequestItems: { [TableName]: { Keys: [item('a'), item('absent')], ConsistentRead: true } },
      }),
    );
    await client.send(
      new TransactGetCommand({
        TransactItems: [
          { Get: { TableName, Key: item('absent') } },
          { Get: { TableName, Key: item('a') } },
        ],
      }),
    );

    expect(units()).toEqual([
      ['GetItem', 'done', 1, 0, 0],
      ['GetItem', 'done', 2, 0, 0],
      ['GetItem', 'done', 0.5, 0, 0],
      ['BatchGetItem', 'done', 3, 0, 0],
      ['TransactGetItems', 'done', 6, 0, 0],
    ]);
  });

  test('bills a page by the items read, with or without a filter, and adds nothing to its response', async () => {
    for (const sk of ['a', 'b', 'c']) await put(item(sk, { x: 'x'.repeat(2 * KILOBYTE) }));
    recorder.reset();
    const query = (more: object = {}) =>
      client.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': pk },
          ...more,
        }),
      );

    await query();
    const filtered = await query({ FilterExpression: 'x = :pk', ConsistentRead: true });
    await query({ ExpressionAttributeValues: { ':pk': 'nobody' } });
    // The first items can be of any test. DynamoDB Local counts a scan as AWS does.
    const { ConsumedCapacity } = await client.send(
      new ScanCommand({ TableName, Limit: 1, Select: 'COUNT', ReturnConsumedCapacity: 'TOTAL' }),
    );

    expect(filtered).toMatchObject({ Items: [], Count: 0, ScannedCount: 3 });
    expect(filtered.ConsumedCapacity).toBeUndefined();
    expect(units().map(([, , readUnits]) => readUnits)).toEqual([
      1,
      2,
      0.5,
      ConsumedCapacity?.CapacityUnits,
    ]);
  });

  test('bills each write of a batch separately', async () => {
    await client.send(
      new BatchWriteCommand({
        RequestItems: {
          [TableName]: [
            { PutRequest: { Item: item('a', { x: 'x'.repeat(KILOBYTE) }) } },
            { PutRequest: { Item: item('b', { listed: 'tea' }) } },
            { DeleteRequest: { Key: item('c') } },
          ],
        },
      }),
    );

    expect(units()).toEqual([['BatchWriteItem', 'done', 0, 4, 1]]);
  });

  test('assigns the images of concurrent writes to one item to the right writes', async () => {
    const add = () =>
      client.send(
        new UpdateCommand({
          TableName,
          Key: item('a'),
          UpdateExpression: 'SET x = list_append(if_not_exists(x, :none), :more)',
          ExpressionAttributeValues: { ':none': [], ':more': ['x'.repeat(KILOBYTE - 4)] },
        }),
      );

    await Promise.all(Array.from({ length: 8 }, add));

    expect(recorder.calls().map(({ writeUnits }) => writeUnits)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('knows an item that was written before without the proxy, and the caller', async () => {
    const past = clientOf(inject('dynamodbEndpoint'));
    const other = `past-${randomUUID()}`;
    await createTable(inject('dynamodbEndpoint'), other, PROPERTIES);
    await past.send(
      new PutCommand({ TableName: other, Item: item('a', { x: 'x'.repeat(2 * KILOBYTE) }) }),
    );
    const shop = clientOf(recorder.endpoint, 'SHOP');

    await shop.send(new DeleteCommand({ TableName: other, Key: item('a') }));

    expect(recorder.calls()).toMatchObject([
      { operation: 'DeleteItem', table: other, writeUnits: 3, caller: 'SHOP', actions: 1 },
    ]);
    expect(recorder.calls()[0]?.userAgent).toContain('aws-sdk-js');
    past.destroy();
    shop.destroy();
  });

  test('reports a request that cannot be counted and a table that does not exist', async () => {
    const gone = client.send(new GetCommand({ TableName: 'not-there', Key: item('a') }));

    await expect(gone).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect(recorder.calls()).toMatchObject([
      { outcome: 'ResourceNotFoundException', readUnits: 0 },
    ]);
    const response = await fetch(recorder.endpoint, {
      method: 'POST',
      headers: { 'x-amz-target': 'DynamoDB_20120810.ExecuteStatement' },
      body: '{}',
    });
    expect(await response.text()).toContain('The units of ExecuteStatement cannot be counted');
  });
});
