import { randomUUID } from 'node:crypto';
import {
  DeleteItemCommand,
  DescribeTimeToLiveCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localClientConfig } from '../../../local/dynamodb/dynamodb.ts';
import { loadFactor } from '../../../local/load-factor.ts';
import { sqsClient } from '../../../local/messaging/queues.ts';
import { type Fixture, startFixture } from './fixture.ts';

let local: Fixture;
beforeAll(async () => {
  local = await startFixture();
});
afterAll(() => local?.stop());

const WAIT = { timeout: 30_000 * loadFactor(), interval: 20 };

/** Waits until a queue has `count` messages, and returns them. */
async function messagesIn(output: string, count: number) {
  const client = sqsClient(local.sqs);
  const bodies: string[] = [];
  await expect
    .poll(async () => {
      const receive = {
        QueueUrl: local.output(output),
        MaxNumberOfMessages: 10,
        VisibilityTimeout: 600,
      };
      const { Messages = [] } = await client.send(new ReceiveMessageCommand(receive));
      bodies.push(...Messages.map(({ Body = '' }) => Body));
      return bodies.length;
    }, WAIT)
    .toBeGreaterThanOrEqual(count);
  client.destroy();
  return bodies;
}

describe('a table', () => {
  const put = (pk: string, type: string, over: object = {}) =>
    local.client.send(
      new PutItemCommand({
        TableName: local.tables.things,
        Item: { pk: { S: pk }, type: { S: type }, ...over },
      }),
    );

  test('has its index and its TTL', async () => {
    await put('indexed', 'rare');

    const { Items } = await local.client.send(
      new QueryCommand({
        TableName: local.tables.things,
        IndexName: 'byType',
        KeyConditionExpression: '#type = :rare',
        ExpressionAttributeNames: { '#type': 'type' },
        ExpressionAttributeValues: { ':rare': { S: 'rare' } },
      }),
    );
    const ttl = await local.client.send(
      new DescribeTimeToLiveCommand({ TableName: local.tables.things }),
    );
    expect(Items).toHaveLength(1);
    expect(ttl.TimeToLiveDescription).toMatchObject({
      TimeToLiveStatus: 'ENABLED',
      AttributeName: 'ttl',
    });
  });

  test('invokes functions with its filtered changes in order, and moves permanent failures to the DLQ', async () => {
    await put('a', 'wanted', { empty: { M: {} }, bytes: { B: new Uint8Array([1, 2]) } });
    await put('unwanted', 'other');
    await put('b', 'wanted');
    await put('bad', 'wanted', { poison: { BOOL: true } });
    await put('c', 'wanted');
    await put('a', 'wanted', { changed: { S: 'yes' } });

    const seen = await local.waitForCalls('stream', 4);
    const everything = await local.waitForCalls('throwing', 6);

    expect(seen.map(({ subject }) => subject)).toEqual(['a', 'b', 'c', 'a']);
    expect(seen[0]?.detail).toMatchObject({
      eventName: 'INSERT',
      eventSource: 'aws:dynamodb',
      awsRegion: 'us-east-1',
      eventSourceARN: expect.stringContaining(`table/${local.tables.things}/stream/`),
      dynamodb: {
        Keys: { pk: { S: 'a' } },
        NewImage: { pk: { S: 'a' }, empty: { M: {} }, bytes: { B: 'AQI=' } },
        ApproximateCreationDateTime: expect.any(Number),
        StreamViewType: 'NEW_AND_OLD_IMAGES',
      },
    });
    expect(seen[3]?.detail).toMatchObject({
      eventName: 'MODIFY',
      dynamodb: { OldImage: { empty: { M: {} } }, NewImage: { changed: { S: 'yes' } } },
    });
    expect(everything.map(({ subject }) => subject)).toEqual(
      expect.arrayContaining(['unwanted', 'a', 'b', 'c']),
    );

    const discarded = (await messagesIn('QueueStreamFailed', 2)).map((body) => JSON.parse(body));
    const by = (name: string) =>
      discarded.find(({ requestContext }) => requestContext.functionArn.includes(name));
    expect(discarded).toHaveLength(2);
    expect(by('OnStream')).toMatchObject({
      version: '1.0',
      requestContext: { condition: 'RetryAttemptsExhausted' },
      DDBStreamBatchInfo: {
        batchSize: 1,
        startSequenceNumber: expect.any(String),
        shardId: expect.any(String),
      },
    });
    expect(by('OnStreamThrowing')).toMatchObject({
      responseContext: { functionError: 'Unhandled' },
    });
  });

  test('filters out a removal, which has no new image', async () => {
    const before = (await local.listCalls('stream')).length;
    await local.client.send(
      new DeleteItemCommand({ TableName: local.tables.things, Key: { pk: { S: 'b' } } }),
    );
    await put('after', 'wanted');

    const seen = await local.waitForCalls('stream', before + 1);
    expect(seen.slice(before).map(({ subject }) => subject)).toEqual(['after']);
  });
});

describe('a bus', () => {
  const put = async (...Entries: PutEventsRequestEntry[]) => {
    const client = new EventBridgeClient(localClientConfig(local.aws));
    const EventBusName = local.output('BusName');
    return client.send(
      new PutEventsCommand({ Entries: Entries.map((entry) => ({ EventBusName, ...entry })) }),
    );
  };
  const event = (over: PutEventsRequestEntry = {}): PutEventsRequestEntry => ({
    Source: 'fixture',
    DetailType: 'Wanted',
    Detail: JSON.stringify({ data: { size: 2 } }),
    ...over,
  });

  test('delivers a matching event to the queue, and the queue to its function', async () => {
    const Time = new Date('2026-11-23T12:00:00.500Z');

    const response = await put(
      event({ DetailType: 'Other' }),
      event({ Detail: '{"data":{"size":1}}' }),
      event({ Time }),
    );

    const [seen] = await local.waitForCalls('queue', 1);
    const record = seen?.detail as { readonly body: string };
    expect(response.FailedEntryCount).toBe(0);
    expect(record).toMatchObject({
      messageId: expect.any(String),
      receiptHandle: expect.any(String),
      attributes: { ApproximateReceiveCount: '1', SentTimestamp: expect.any(String) },
      eventSource: 'aws:sqs',
      eventSourceARN: expect.stringMatching(
        /^arn:aws:sqs:us-east-1:000000000000:fixture-main-Queue/,
      ),
      awsRegion: 'us-east-1',
    });
    expect(JSON.parse(record.body)).toEqual({
      version: '0',
      id: response.Entries?.[2]?.EventId,
      'detail-type': 'Wanted',
      source: 'fixture',
      account: '000000000000',
      time: '2026-11-23T12:00:00Z',
      region: 'us-east-1',
      resources: [],
      detail: { data: { size: 2 } },
    });
    expect(await local.listCalls('queue')).toHaveLength(1);
  });

  test('accepts some entries and explains why it rejects the others', async () => {
    const response = await put(
      event({ DetailType: 'Fine' }),
      event({ Detail: '[1]' }),
      event({ Source: '' }),
      event({ EventBusName: 'nobody' }),
    );

    expect(response.FailedEntryCount).toBe(3);
    expect(response.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      undefined,
      'MalformedDetail',
      'InvalidArgument',
      'ResourceNotFoundException',
    ]);
  });

  test('rejects more than 10 entries', async () => {
    await expect(put(...Array.from({ length: 11 }, () => event()))).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });
});

describe('a queue', () => {
  test('redelivers reported messages, then moves them to the DLQ; the rest of the batch succeeds', async () => {
    const before = (await local.listCalls('queue')).length;
    const client = sqsClient(local.sqs);
    for (const MessageBody of ['poison', 'fine']) {
      await client.send(
        new SendMessageCommand({ QueueUrl: local.output('QueueMain'), MessageBody }),
      );
    }
    client.destroy();

    expect(await messagesIn('QueueFailed', 1)).toEqual(['poison']);

    const rejected = await local.listCalls('queue-rejected');
    expect(rejected.map(({ subject }) => subject)).toEqual(['1', '2']);
    expect(await local.listCalls('queue')).toHaveLength(before + 1);
  });
});

describe('a state machine', () => {
  const sfn = () => new SFNClient(localClientConfig(local.aws));
  const start = (name: string, input: object) =>
    sfn().send(
      new StartExecutionCommand({
        stateMachineArn: local.output('MachineArn'),
        name,
        input: JSON.stringify(input),
      }),
    );
  const describeExecution = (executionArn: string | undefined) =>
    sfn().send(new DescribeExecutionCommand({ executionArn }));
  const ended = async (executionArn: string | undefined) => {
    await expect
      .poll(async () => (await describeExecution(executionArn)).status, WAIT)
      .not.toBe('RUNNING');
    return describeExecution(executionArn);
  };
  const tokenOf = async (order: string): Promise<string> => {
    const found = async () =>
      (await local.listCalls('token')).find(({ subject }) => subject === order)?.detail;
    await expect.poll(found, WAIT).toBeDefined();
    return String(await found());
  };

  test('waits for its token and returns the result', async () => {
    const order = randomUUID();
    const { executionArn } = await start(order, { order, mode: 'ok' });
    const taskToken = await tokenOf(order);

    await sfn().send(new SendTaskSuccessCommand({ taskToken, output: '{"committed":true}' }));

    const execution = await ended(executionArn);
    expect(execution).toMatchObject({ status: 'SUCCEEDED', name: order });
    expect(JSON.parse(execution.output ?? '')).toEqual({
      order,
      mode: 'ok',
      result: { committed: true },
    });
    await expect(
      sfn().send(new SendTaskSuccessCommand({ taskToken, output: '{}' })),
    ).rejects.toMatchObject({
      name: 'TaskTimedOut',
    });
  });

  test('compensates when the result is a failure that it catches', async () => {
    const order = randomUUID();
    const { executionArn } = await start(order, { order, mode: 'ok' });

    await sfn().send(
      new SendTaskFailureCommand({ taskToken: await tokenOf(order), error: 'Bad', cause: 'why' }),
    );

    expect(JSON.parse((await ended(executionArn)).output ?? '')).toEqual({ order, done: true });
  });

  test('compensates when no result arrives in time', async () => {
    const order = randomUUID();
    const { executionArn } = await start(order, { order, mode: 'ok' });

    expect(await ended(executionArn)).toMatchObject({
      status: 'SUCCEEDED',
      output: JSON.stringify({ order, done: true }),
    });
  });

  test('fails with the error of its function', async () => {
    const { executionArn } = await start(randomUUID(), { order: 'x', mode: 'reject' });

    const { status, error, cause } = await ended(executionArn);
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'Rejected' });
    expect(JSON.parse(cause ?? '')).toMatchObject({ errorType: 'Rejected', errorMessage: 'no' });
  });

  test('starts once per name: the same start returns the same execution, another one is rejected', async () => {
    const order = randomUUID();
    const input = { order, mode: 'ok' };
    const first = await start(order, input);

    expect((await start(order, input)).executionArn).toBe(first.executionArn);
    await expect(start(order, { ...input, other: 1 })).rejects.toMatchObject({
      name: 'ExecutionAlreadyExists',
    });
    await sfn().send(new SendTaskSuccessCommand({ taskToken: await tokenOf(order), output: '{}' }));
    await ended(first.executionArn);
    await expect(start(order, input)).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });

    const { executions = [] } = await sfn().send(
      new ListExecutionsCommand({ stateMachineArn: local.output('MachineArn') }),
    );
    expect(executions.filter(({ name }) => name === order)).toHaveLength(1);
  });

  test.each([
    [
      'a token that nobody gave',
      new SendTaskSuccessCommand({ taskToken: 'x', output: '{}' }),
      'InvalidToken',
    ],
    [
      'an output that is not JSON',
      new SendTaskSuccessCommand({ taskToken: 'x', output: 'x' }),
      'InvalidOutput',
    ],
  ])('rejects %s', async (_, command, name) => {
    await expect(sfn().send(command)).rejects.toMatchObject({ name: name });
  });

  test('that does not exist cannot be started', async () => {
    const command = new StartExecutionCommand({
      stateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:x',
    });

    await expect(sfn().send(command)).rejects.toMatchObject({
      name: 'StateMachineDoesNotExist',
    });
  });
});
