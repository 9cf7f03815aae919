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
  TransactGetCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { DilatedClock, type ModelClock } from '../../../bench/dynamodb-model/clock/model-clock.ts';
import { SteppedClock } from '../../../bench/dynamodb-model/clock/stepped-clock.ts';
import type { DynamoDbModel } from '../../../bench/dynamodb-model/model.ts';
import {
  startThrottlingProxy,
  type ThrottlingServer,
} from '../../../bench/dynamodb-model/proxy/start-throttling-proxy.ts';
import { DynamoStockStore } from '../../../lambdas/inventory/adapters/dynamo-stock-store.ts';
import { reserveStock } from '../../../lambdas/inventory/use-cases/reservations/reserve-stock.ts';
import { receiveStock } from '../../../lambdas/inventory/use-cases/stock/update-stock.ts';
import { createTable, localClientConfig } from '../../../local/dynamodb/dynamodb.ts';
import { receiveCommand, reserveCommand } from '../../support/inventory.ts';

/** A lock lasts at least 140 ms. */
const DILATION = 20;
const PROPERTIES = {
  AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({
    AttributeName,
    AttributeType: 'S',
  })),
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  BillingMode: 'PAY_PER_REQUEST',
};

let TableName = '';
let proxy: ThrottlingServer;
let client: DynamoDBDocumentClient;

async function startGoverned(
  model: Partial<DynamoDbModel> = {},
  clock: ModelClock = new DilatedClock(1),
  servesReadsFromCache = false,
): Promise<void> {
  proxy = await startThrottlingProxy({
    endpoint: inject('dynamodbEndpoint'),
    clock,
    model,
    servesReadsFromCache,
  });
  client = DynamoDBDocumentClient.from(
    new DynamoDBClient({ ...localClientConfig(proxy.endpoint), maxAttempts: 1 }),
    { marshallOptions: { removeUndefinedValues: true } },
  );
  await proxy.runUnthrottled(() => createTable(proxy.endpoint, TableName, PROPERTIES));
}
/** On a stepped clock, a request during the lock meets the lock, however busy the machine is. */
let steppedClock: SteppedClock;
const runParticipant = <Value>(work: () => Promise<Value>) => steppedClock.runParticipant(work);
beforeEach(() => {
  steppedClock = new SteppedClock();
  TableName = `governed-${randomUUID()}`;
});
afterEach(async () => {
  steppedClock.stop();
  client.destroy();
  await proxy.stop();
});

const key = (pk: string) => ({ pk, sk: 'x' });
const put = (pk: string, more: object = {}) =>
  client.send(new PutCommand({ TableName, Item: { ...key(pk), ...more } }));
const transaction = (
  pks: readonly string[],
  more: { token?: string; value?: number; condition?: string } = {},
) =>
  client.send(
    new TransactWriteCommand({
      ClientRequestToken: more.token,
      TransactItems: pks.map((pk) => ({
        Update: {
          TableName,
          Key: key(pk),
          UpdateExpression: 'ADD n :n',
          ConditionExpression: more.condition,
          ExpressionAttributeValues: { ':n': more.value ?? 1 },
        },
      })),
    }),
  );
const numberAt = async (pk: string) =>
  (await client.send(new GetCommand({ TableName, Key: key(pk), ConsistentRead: true }))).Item?.n;
const reasons = (...codes: string[]) => ({
  name: 'TransactionCanceledException',
  CancellationReasons: codes.map((Code) => expect.objectContaining({ Code })),
});
const recordedCalls = () =>
  proxy.calls().map(({ operation, outcome, writeUnits }) => [operation, outcome, writeUnits]);

describe('an item in a transaction', () => {
  beforeEach(() => startGoverned({}, steppedClock));

  test('cancels another transaction with the index of the conflict', async () => {
    const [first, second] = await Promise.allSettled([
      runParticipant(() => transaction(['a', 'b'])),
      runParticipant(() => transaction(['c', 'b'])),
    ]);

    const [won, lost] = first.status === 'fulfilled' ? [first, second] : [second, first];
    expect(won.status).toBe('fulfilled');
    expect(lost).toMatchObject({
      status: 'rejected',
      reason: reasons('None', 'TransactionConflict'),
    });
    expect(await runParticipant(() => numberAt('b'))).toBe(1);
    expect(recordedCalls()).toEqual(
      expect.arrayContaining([
        ['TransactWriteItems', 'done', 4],
        ['TransactWriteItems', 'TransactionCanceledException', 4],
      ]),
    );
  });

  test('rejects a single write and a transactional read, but no other read', async () => {
    /** Time at which the transaction holds its lock, and keeps it for some time. */
    const meanwhile = <Value>(work: () => Promise<Value>) =>
      runParticipant(async () => {
        await steppedClock.sleep(3);
        return work();
      });

    const [, write, both, one, page] = await Promise.allSettled([
      runParticipant(() => transaction(['a', 'b'])),
      meanwhile(() => put('a')),
      meanwhile(() =>
        client.send(
          new TransactGetCommand({
            TransactItems: [
              { Get: { TableName, Key: key('c') } },
              { Get: { TableName, Key: key('a') } },
            ],
          }),
        ),
      ),
      meanwhile(() => client.send(new GetCommand({ TableName, Key: key('a') }))),
      meanwhile(() =>
        client.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': 'a' },
          }),
        ),
      ),
    ]);

    expect(write).toMatchObject({ reason: { name: 'TransactionConflictException' } });
    expect(both).toMatchObject({ reason: reasons('None', 'TransactionConflict') });
    expect(one.status).toBe('fulfilled');
    expect(page.status).toBe('fulfilled');
    await runParticipant(() => put('a'));
  });

  test('is free again after a failed condition, whose error is that of DynamoDB Local', async () => {
    const failing = runParticipant(() =>
      transaction(['a', 'b'], { condition: 'attribute_exists(pk)' }),
    );

    await expect(failing).rejects.toMatchObject(
      reasons('ConditionalCheckFailed', 'ConditionalCheckFailed'),
    );
    await runParticipant(() => transaction(['a', 'b']));
  });
});

describe('a token', () => {
  beforeEach(() => startGoverned({}, steppedClock));

  test('runs its transaction once, and rejects another transaction with it', async () => {
    await runParticipant(() => transaction(['a'], { token: 'once' }));
    await runParticipant(() => transaction(['a'], { token: 'once' }));

    const other = runParticipant(() => transaction(['a'], { token: 'once', value: 2 }));

    await expect(other).rejects.toMatchObject({ name: 'IdempotentParameterMismatchException' });
    expect(await runParticipant(() => numberAt('a'))).toBe(1);
    expect(proxy.calls().map(({ readUnits, writeUnits }) => [readUnits, writeUnits])).toEqual([
      [0, 2],
      [2, 0],
      [0, 0],
      [1, 0],
    ]);
  });

  test('reports a transaction in progress, and can be used again after a failure', async () => {
    const both = await Promise.allSettled([
      runParticipant(() => transaction(['a'], { token: 'twice' })),
      runParticipant(() => transaction(['a'], { token: 'twice' })),
    ]);
    const failed = runParticipant(() =>
      transaction(['b'], { token: 'again', condition: 'attribute_exists(pk)' }),
    );

    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { name: 'TransactionInProgressException' },
    });
    await expect(failed).rejects.toMatchObject(reasons('ConditionalCheckFailed'));
    await runParticipant(() => put('b'));
    await runParticipant(() =>
      transaction(['b'], { token: 'again', condition: 'attribute_exists(pk)' }),
    );
  });
});

describe('a partition', () => {
  /** So slow that no bucket fills up again during a test. */
  const STILL = 10_000;
  const INSTANT = {
    networkMilliseconds: [0, 0],
    readMilliseconds: [0, 0],
    writeMilliseconds: [0, 0],
    lockMilliseconds: [0, 0],
    rejectionMilliseconds: [0, 0],
  } as const satisfies Partial<DynamoDbModel>;

  test('limits write units per second, and reports the throttled items of a transaction', async () => {
    await startGoverned(
      { ...INSTANT, partitions: 1, writeUnitsPerSecond: 6, isolatesBusyKeys: false },
      new DilatedClock(STILL),
    );

    await transaction(['a', 'b']);
    await expect(transaction(['a', 'b'])).rejects.toMatchObject(
      reasons('ThrottlingError', 'ThrottlingError'),
    );
    await transaction(['c']);
    await expect(put('d')).rejects.toMatchObject({ name: 'ThrottlingException' });

    expect(recordedCalls()).toEqual([
      ['TransactWriteItems', 'done', 4],
      ['TransactWriteItems', 'TransactionCanceledException', 0],
      ['TransactWriteItems', 'done', 2],
      ['PutItem', 'ThrottlingException', 0],
    ]);
  });

  test('counts the bytes of an item', async () => {
    await startGoverned(
      { ...INSTANT, partitions: 1, writeUnitsPerSecond: 3, isolatesBusyKeys: false },
      new DilatedClock(STILL),
    );

    await put('a', { text: 'x'.repeat(2_048) });

    await expect(put('b')).rejects.toMatchObject({ name: 'ThrottlingException' });
  });

  test('leaves keys of a batch unprocessed, and rejects it if no key can be read', async () => {
    await startGoverned(
      { ...INSTANT, partitions: 1, readUnitsPerSecond: 2, isolatesBusyKeys: false },
      new DilatedClock(STILL),
    );
    await put('a');
    const read = (...pks: string[]) =>
      client.send(
        new BatchGetCommand({
          RequestItems: { [TableName]: { Keys: pks.map(key), ConsistentRead: true } },
        }),
      );

    const response = await read('a', 'b', 'c');

    expect(response.Responses?.[TableName]).toEqual([key('a')]);
    expect(response.UnprocessedKeys).toEqual({
      [TableName]: { Keys: [key('c')], ConsistentRead: true },
    });
    await expect(read('a')).rejects.toMatchObject({ name: 'ThrottlingException' });
  });

  test('leaves writes of a batch unprocessed', async () => {
    await startGoverned(
      { ...INSTANT, partitions: 1, writeUnitsPerSecond: 1, isolatesBusyKeys: false },
      new DilatedClock(STILL),
    );
    const write = (pk: string) => ({ PutRequest: { Item: key(pk) } });

    const { UnprocessedItems } = await client.send(
      new BatchWriteCommand({ RequestItems: { [TableName]: [write('a'), write('b')] } }),
    );

    expect(UnprocessedItems).toEqual({ [TableName]: [write('b')] });
    expect(await numberAt('b')).toBeUndefined();
  });

  test('isolates its busiest key if the model does so', async () => {
    await startGoverned(
      { ...INSTANT, partitions: 1, writeUnitsPerSecond: 3 },
      new DilatedClock(STILL),
    );

    await put('cold');
    await put('hot');
    await put('hot');
    await expect(put('cold')).rejects.toMatchObject({ name: 'ThrottlingException' });

    expect(proxy.stats().isolatedKeys).toBe(1);
  });
});

describe('time', () => {
  test('is dilated: a delay of at least 7 ms is longer by the factor', async () => {
    await startGoverned({}, new DilatedClock(DILATION));
    const startedAt = performance.now();

    await transaction(['a']);

    expect(performance.now() - startedAt).toBeGreaterThan(7 * DILATION);
    expect(() => new DilatedClock(0.5)).toThrow('The dilation must be at least 1, not 0.5.');
  });
});

describe('a batch of reads from the cache', () => {
  const byKey = (items: readonly object[] = []) => items.map((one) => JSON.stringify(one)).sort();

  test('has the response of DynamoDB Local after every kind of write', async () => {
    await startGoverned({}, new DilatedClock(1), true);
    await put('a', { list: [1, 'two', { three: null }], set: new Set(['x']) });
    await transaction(['a', 'b']);
    await put('c');
    await client.send(new DeleteCommand({ TableName, Key: key('c') }));
    await expect(transaction(['d'], { condition: 'attribute_exists(pk)' })).rejects.toThrow();
    const request = {
      RequestItems: { [TableName]: { Keys: ['a', 'b', 'c', 'd'].map(key), ConsistentRead: true } },
    };
    const past = DynamoDBDocumentClient.from(
      new DynamoDBClient(localClientConfig(inject('dynamodbEndpoint'))),
    );

    const answered = await client.send(new BatchGetCommand(request));
    const local = await past.send(new BatchGetCommand(request));

    expect(byKey(local.Responses?.[TableName])).toHaveLength(2);
    expect(new Set(answered.Responses?.[TableName])).toEqual(new Set(local.Responses?.[TableName]));
    expect(proxy.calls().at(-1)).toMatchObject({ operation: 'BatchGetItem', readUnits: 4 });
    past.destroy();
  });
});

describe('the real store', () => {
  test('holds every unit once despite conflicts: each buyer gets a hold or a retry error', async () => {
    await startGoverned();
    const store = new DynamoStockStore(client, TableName);
    const buyers = Array.from({ length: 12 }, (_, number) => `r${number}`);
    await receiveStock(store, receiveCommand({ quantity: 5 }));

    const outcomes = await Promise.all(
      buyers.map((reservationId) =>
        reserveStock(
          store,
          reserveCommand({
            reservationId,
            lines: [{ sku: 'tea', quantity: 1 }],
            fingerprint: reservationId,
          }),
        ).then(
          ({ ok }) => (ok ? 'held' : 'rejected'),
          ({ name }) => name,
        ),
      ),
    );

    const held = outcomes.filter((one) => one === 'held').length;
    const { cells } = await store.read({ cells: [{ sku: 'tea', locationId: 'main', shard: 0 }] });
    expect([...cells.values()][0]).toMatchObject({ available: 5 - held });
    expect(outcomes.every((one) => ['held', 'rejected', 'RetryLaterError'].includes(one))).toBe(
      true,
    );
    expect(held).toBeGreaterThan(0);
    const conflicts = proxy
      .calls()
      .filter(({ outcome }) => outcome === 'TransactionCanceledException');
    expect(conflicts.length).toBeGreaterThan(0);
  });
});
