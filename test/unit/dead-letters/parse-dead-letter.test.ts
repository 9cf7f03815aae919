import { describe, expect, test } from 'vitest';
import type { DeadLetterKind } from '../../../lambdas/contracts/api/dead-letters.ts';
import {
  formatQueueSettings,
  formatQueues,
  parseQueueSettings,
  parseQueues,
} from '../../../lambdas/contracts/api/dead-letters.ts';
import { parseDeadLetter } from '../../../lambdas/dead-letters/adapters/parse-dead-letter.ts';
import { toRejectedChangeMessage } from '../../../lambdas/shared/events/rejected-change.ts';
import type { ChangeRecord } from '../../../lambdas/shared/events/stream-change.ts';

const parseBody = (
  kind: DeadLetterKind,
  body: unknown,
  attributes: Readonly<Record<string, string>> = {},
) => parseDeadLetter(kind, JSON.stringify(body), attributes);
const aStockCommittedEvent = (data: object) => ({
  'detail-type': 'StockCommitted',
  detail: {
    eventId: 'event-1',
    version: 1,
    occurredAt: '2026-11-24T00:00:00.000Z',
    correlationId: 'one',
    data,
  },
});

describe('a message of a dead-letter queue', () => {
  test('is an event with its order', () => {
    expect(
      parseBody('event', aStockCommittedEvent({ reservationId: 'res-1', orderId: 'ord-1' })),
    ).toEqual({
      kind: 'event',
      summary: 'StockCommitted',
      eventId: 'event-1',
      orderId: 'ord-1',
    });
    expect(parseBody('event', aStockCommittedEvent({ reservationId: 'res-1' }))).not.toHaveProperty(
      'orderId',
    );
  });

  test.each([
    [
      'an event that does not fit its schema',
      aStockCommittedEvent({ reservationId: 7 }),
      /data\.reservationId/,
    ],
    ['an event of an unknown type', { 'detail-type': 'toString', detail: {} }, /no event/],
    ['no event', { hello: 'world' }, /detail-type/],
    ['no object', 'hello', /the message/],
  ])('is unreadable if it is %s', (_, body, error) => {
    expect(parseBody('event', body)).toMatchObject({
      kind: 'unreadable',
      error: expect.stringMatching(error),
    });
  });

  test('is unreadable if it is not JSON', () => {
    expect(parseDeadLetter('work', '{', {}).kind).toBe('unreadable');
  });

  test('has the error that a rule or a schedule added', () => {
    const attributes = {
      ERROR_CODE: 'SDK_CLIENT_ERROR',
      ERROR_MESSAGE: 'No such queue',
      RULE_ARN: 'arn',
    };

    expect(
      parseBody('delivery', aStockCommittedEvent({ reservationId: 'res-1' }), attributes).error,
    ).toBe('SDK_CLIENT_ERROR: No such queue');
    expect(parseBody('schedule', { scheduledTime: '2026-11-24T03:00:00Z' }, attributes)).toEqual({
      kind: 'scheduledRun',
      summary: 'run of 2026-11-24T03:00:00Z',
      error: 'SDK_CLIENT_ERROR: No such queue',
    });
    expect(
      parseBody(
        'schedule',
        { scheduledTime: '2026-11-24T03:00:00Z' },
        { ErrorMessage: 'the table is away' },
      ).error,
    ).toBe('the table is away');
    expect(parseBody('schedule', { scheduledTime: 7 }).kind).toBe('unreadable');
    expect(
      parseBody('schedule', { scheduledTime: '<aws.scheduler.scheduled-time>' }).error,
    ).toContain('scheduledTime: must be a time');
  });

  test('is a range of a stream', () => {
    const givenUp = {
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 51 },
      DDBStreamBatchInfo: {
        batchSize: 2,
        streamArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/Orders/stream/2026',
        approximateArrivalOfFirstRecord: '2026-11-24T00:00:00.000Z',
      },
    };

    expect(parseBody('stream', givenUp)).toEqual({
      kind: 'streamRange',
      summary: '2 changes of Orders',
      error: 'RetryAttemptsExhausted after 51 invocations',
      oldestChangeAt: Date.parse('2026-11-24T00:00:00.000Z'),
    });
    expect(parseBody('stream', {}).kind).toBe('unreadable');
  });

  test('is one rejected change, with or without its images', () => {
    const AT = '2026-11-24T00:10:00.000Z';
    const CREATED = '2026-11-24T00:00:00.000Z';
    const eventSourceARN = 'arn:aws:dynamodb:us-east-1:000000000000:table/Orders/stream/2026';
    const recordOf = (name: string, ApproximateCreationDateTime: unknown): ChangeRecord => ({
      eventSourceARN,
      dynamodb: { ApproximateCreationDateTime, NewImage: { name: { S: name } } },
    });
    const letterOf = (record: ChangeRecord) =>
      parseDeadLetter('stream', toRejectedChangeMessage(record, 'no lines', AT), {});
    const content = {
      summary: '1 change of Orders',
      error: 'no lines',
      oldestChangeAt: Date.parse(CREATED),
    };

    expect(letterOf(recordOf('tea', Date.parse(CREATED) / 1_000))).toEqual({
      kind: 'streamRecord',
      ...content,
    });
    expect(letterOf(recordOf('tea', new Date(CREATED)))).toEqual({
      kind: 'streamRecord',
      ...content,
    });
    expect(letterOf(recordOf('x'.repeat(1_100_000), Date.parse(CREATED) / 1_000))).toEqual({
      kind: 'streamRange',
      ...content,
    });
    expect(letterOf(recordOf('tea', undefined)).oldestChangeAt).toBe(Date.parse(AT));
  });

  test('is work or a notification', () => {
    const segmentId = { reconciliationId: 'rec-1', target: 'cells', segment: 3 };

    expect(parseBody('work', { kind: 'scan', segmentId }).summary).toBe(
      'cells, segment 3, of reconciliation rec-1',
    );
    expect(
      parseBody('work', {
        kind: 'repair',
        findingId: 'fnd-1',
        approvedAt: '2026-01-01T12:00:00.000Z',
        attempt: 0,
      }).summary,
    ).toBe('repair of finding fnd-1');
    expect(parseBody('work', { kind: 'rest' }).kind).toBe('unreadable');
    expect(parseBody('notification', { detail: { data: { findingId: 'fnd-1' } } }).summary).toBe(
      'notification of finding fnd-1',
    );
    expect(parseBody('notification', {}).summary).toBe('notification');
  });

  test('is an event of the bus, encrypted or plain', () => {
    // Shape from the EventBridge user guide.
    const encrypted = {
      source: 'aws.events',
      'detail-type': 'Encrypted Events',
      detail: { 'kms-key-arn': 'arn:aws:kms:eu-west-1:1:key/k', 'encrypted-payload': 'AgR4' },
    };

    expect(parseBody('bus', encrypted)).toEqual({
      kind: 'encryptedEvent',
      summary: 'encrypted event',
      error: 'the bus could not use the key arn:aws:kms:eu-west-1:1:key/k',
    });
    expect(parseBody('bus', { 'detail-type': 'Unknown', detail: {} }).kind).toBe('unreadable');
  });
});

describe('the settings of queues', () => {
  const queues = [
    {
      queue: 'inventory-EventPublishing-Failed',
      kind: 'stream',
      queueName: 'q-1',
      target: 'arn:aws:lambda:x:function:y',
    },
    {
      queue: 'reconciliation-DriftAlarms-Undelivered',
      kind: 'notification',
      queueName: 'q-2',
      target: '',
    },
  ] as const;

  test('are read as they were written', () => {
    const text = formatQueueSettings('target', queues);

    expect(parseQueueSettings('target', text)).toEqual(queues);
  });

  test('are read without another field', () => {
    const text = formatQueues(queues);

    expect(parseQueues(text)).toEqual(
      queues.map(({ queue, kind, queueName }) => ({ queue, kind, queueName })),
    );
    expect(() => parseQueues('inventory-Published-Failed|stream|q-1|more')).toThrow();
  });

  test.each([
    ['no line', ''],
    ['one word', 'nonsense'],
    ['an unknown kind', 'inventory-EventPublishing-Failed|letters|q-1|'],
    ['no physical name', 'inventory-EventPublishing-Failed|stream||'],
    ['an invalid queue id', 'inventory Published|stream|q-1|'],
    ['five values', 'inventory-EventPublishing-Failed|stream|q-1|a|b'],
  ])('are invalid with %s', (_case, text) => {
    expect(() => parseQueueSettings('target', text)).toThrow();
  });
});
