import { type ChangeMessageVisibilityBatchCommandInput, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod/mini';
import { consumeEach, queueHandler } from '../../../../lambdas/shared/events/queue-handler.ts';
import { aContext } from '../../../support/http/http-event.ts';

const ThingHappened = z.object({ thingId: z.string() });

const aMessage = (messageId: string, body: unknown, receives = 2): SQSRecord => ({
  messageId,
  receiptHandle: `handle-${messageId}`,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  attributes: {
    ApproximateReceiveCount: String(receives),
    SentTimestamp: '0',
    SenderId: 'bus',
    ApproximateFirstReceiveTimestamp: '0',
  },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:things',
  awsRegion: 'us-east-1',
});
/** Returns an event as EventBridge delivers it. */
const aThingHappened = (thingId: unknown, more: object = {}) => ({
  version: '0',
  id: 'bus-1',
  'detail-type': 'ThingHappened',
  source: 'stockbook.things',
  detail: { thingId, ...more },
});

/** SQS with this response to changes of visibility timeouts; `throw` makes the request fail. */
function aQueue(sqsResponse: { readonly Failed?: readonly object[] } | 'throw' = {}) {
  const requests: ChangeMessageVisibilityBatchCommandInput[] = [];
  const client = new SQSClient({ region: 'us-east-1' });
  client.middlewareStack.add(
    () => async (args) => {
      requests.push(args.input as ChangeMessageVisibilityBatchCommandInput);
      if (sqsResponse === 'throw') throw new Error('SQS is unavailable');
      return { output: { $metadata: {}, ...sqsResponse }, response: undefined };
    },
    { step: 'initialize' },
  );
  return { client, requests };
}

/** A consumer that fails for things named `bad`, and records the others. */
const aConsumer = ({ client } = aQueue()) => {
  const done: string[] = [];
  const handler = queueHandler(
    {
      ThingHappened: consumeEach(ThingHappened, async ({ thingId }) => {
        if (thingId === 'bad') throw new Error('cannot be done');
        done.push(thingId);
      }),
    },
    client,
  );
  const receive = (...bodies: readonly unknown[]) =>
    handler({ Records: bodies.map((body, index) => aMessage(`m${index}`, body)) }, aContext());
  return { done, receive, handler };
};
const failures = (...ids: readonly string[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('a batch of messages', () => {
  test('reports no failure if all messages succeed', async () => {
    const { done, receive } = aConsumer();

    expect(await receive(aThingHappened('a'), aThingHappened('b'))).toEqual(failures());
    expect(done).toEqual(['a', 'b']);
  });

  test('reports the failed messages and handles all others', async () => {
    const { done, receive } = aConsumer();

    const response = await receive(
      aThingHappened('bad'),
      aThingHappened('a'),
      aThingHappened('bad'),
      aThingHappened('b'),
    );

    expect(response).toEqual(failures('m0', 'm2'));
    expect(done).toEqual(['a', 'b']);
  });

  test('reports all messages if all fail', async () => {
    expect(await aConsumer().receive(aThingHappened('bad'), aThingHappened('bad'))).toEqual(
      failures('m0', 'm1'),
    );
  });

  test('reports no failure if it is empty', async () => {
    expect(await aConsumer().receive()).toEqual(failures());
  });
});

describe('a message', () => {
  test.each([
    ['of a type without a consumer', { ...aThingHappened('a'), 'detail-type': 'ThingVanished' }],
    ['without a type', { detail: { thingId: 'a' } }],
    ['without a detail', { 'detail-type': 'ThingHappened' }],
    ['whose detail has no such field', { ...aThingHappened('a'), detail: {} }],
    ['whose detail has a field of another type', aThingHappened(17)],
    ['whose detail is null', { ...aThingHappened('a'), detail: null }],
    ['that is not JSON', 'not JSON'],
    ['that is empty', ''],
    ['that is null', null],
    ['that is a list', [aThingHappened('a')]],
  ])('%s fails alone, and goes to the DLQ after its last receive', async (_case, body) => {
    const { done, receive } = aConsumer();

    const response = await receive(aThingHappened('a'), body, aThingHappened('b'));

    expect(response).toEqual(failures('m1'));
    expect(done).toEqual(['a', 'b']);
  });

  test.each(['constructor', 'toString', '__proto__'])(
    'of the type %s, a property of every object, is not consumed',
    async (type) => {
      const { receive } = aConsumer();

      expect(await receive({ 'detail-type': type, detail: {} })).toEqual(failures('m0'));
    },
  );

  test('may have fields that the consumer does not know, because events can get new fields', async () => {
    const { done, receive } = aConsumer();

    const response = await receive({
      ...aThingHappened('a', { colour: 'red' }),
      resources: [],
      region: 'x',
    });

    expect(response).toEqual(failures());
    expect(done).toEqual(['a']);
  });

  test('that failed is logged with its id and its number of receives', async () => {
    await aConsumer().receive(aThingHappened('bad'));

    const [line] = vi.mocked(process.stdout.write).mock.calls[0] ?? [];
    expect(JSON.parse(String(line))).toMatchObject({
      level: 'ERROR',
      message: 'message failed',
      messageId: 'm0',
      receives: '2',
      error: { message: 'cannot be done' },
    });
  });

  test('is consumed with the time of its receive', async () => {
    const times: number[] = [];
    const handler = queueHandler({
      ThingHappened: consumeEach(ThingHappened, async (_detail, now) => times.push(now)),
    });
    const before = Date.now();

    await handler({ Records: [aMessage('m0', aThingHappened('a'))] }, aContext());

    expect(times).toHaveLength(1);
    expect(times[0]).toBeGreaterThanOrEqual(before);
    expect(times[0]).toBeLessThanOrEqual(Date.now());
  });
});

describe('a message that failed', () => {
  const failingAt = async (
    receives: readonly number[],
    sqsResponse?: Parameters<typeof aQueue>[0],
    arn = 'arn:aws:sqs:us-east-1:000000000000:things',
  ) => {
    const queue = aQueue(sqsResponse);
    const { done, handler } = aConsumer(queue);
    const Records = receives.map((times, index) => ({
      ...aMessage(`m${index}`, aThingHappened('bad'), times),
      eventSourceARN: arn,
    }));
    const response = await handler(
      { Records: [...Records, aMessage('good', aThingHappened('a'))] },
      aContext(),
    );
    return { ...queue, response, done };
  };

  test('is received again after 2, 8, 30 and 60 seconds, then after the visibility timeout of the queue', async () => {
    const { requests, response } = await failingAt([1, 2, 3, 4, 5]);

    expect(requests).toEqual([
      {
        QueueUrl: 'https://sqs.us-east-1.amazonaws.com/000000000000/things',
        Entries: [
          { Id: '0', ReceiptHandle: 'handle-m0', VisibilityTimeout: 2 },
          { Id: '1', ReceiptHandle: 'handle-m1', VisibilityTimeout: 8 },
          { Id: '2', ReceiptHandle: 'handle-m2', VisibilityTimeout: 30 },
          { Id: '3', ReceiptHandle: 'handle-m3', VisibilityTimeout: 60 },
        ],
      },
    ]);
    expect(response).toEqual(failures('m0', 'm1', 'm2', 'm3', 'm4'));
  });

  test('is in a request with at most nine others, the limit of SQS', async () => {
    const { requests } = await failingAt(Array.from({ length: 11 }, () => 1));

    expect(requests.map(({ Entries }) => Entries?.length)).toEqual([10, 1]);
  });

  test('has a queue URL of its own partition', async () => {
    const { requests } = await failingAt([1], {}, 'arn:aws-cn:sqs:cn-north-1:000000000000:things');

    expect(requests[0]?.QueueUrl).toBe(
      'https://sqs.cn-north-1.amazonaws.com.cn/000000000000/things',
    );
  });

  test.each<[how: string, sqsResponse: Parameters<typeof aQueue>[0]]>([
    ['partially', { Failed: [{ Id: '0', Code: 'InternalError', SenderFault: false }] }],
    ['not at all', 'throw'],
  ])(
    'is reported as failed although SQS changes its visibility timeout %s',
    async (_how, sqsResponse) => {
      const { response, done } = await failingAt([1], sqsResponse);

      expect(response).toEqual(failures('m0'));
      expect(done).toEqual(['a']);
      expect(
        vi.mocked(process.stdout.write).mock.calls.map(([line]) => JSON.parse(String(line))),
      ).toContainEqual(
        expect.objectContaining({ level: 'WARN', message: 'visibility timeout not changed' }),
      );
    },
  );

  test('is the only reason for a request to SQS', async () => {
    const { requests } = await failingAt([]);

    expect(requests).toEqual([]);
  });
});
