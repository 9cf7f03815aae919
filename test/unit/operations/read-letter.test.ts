import { describe, expect, test } from 'vitest';
import type { DeadLetterKind } from '../../../lambdas/contracts/dead-letters-api.ts';
import {
  readDeadLetterLines,
  toDeadLetterLines,
} from '../../../lambdas/contracts/dead-letters-api.ts';
import { readLetter } from '../../../lambdas/operations/adapters/read-letter.ts';
import { deadLetterOf } from '../../../lambdas/shared/events/dead-letter.ts';
import type { ChangeRecord } from '../../../lambdas/shared/events/stream-handler.ts';

const read = (kind: DeadLetterKind, body: unknown, notes: Readonly<Record<string, string>> = {}) =>
  readLetter(kind, JSON.stringify(body), notes);
const committed = (data: object) => ({
  'detail-type': 'StockCommitted',
  detail: {
    eventId: 'event-1',
    version: 1,
    occurredAt: '2026-11-24T00:00:00.000Z',
    correlationId: 'one',
    data,
  },
});

describe('a message of a dead letter queue', () => {
  test('that is an event', () => {
    expect(read('event', committed({ reservationId: 'res-1', orderId: 'ord-1' }))).toEqual({
      about: 'event',
      what: 'StockCommitted',
      eventId: 'event-1',
      orderId: 'ord-1',
    });
    expect(read('event', committed({ reservationId: 'res-1' }))).not.toHaveProperty('orderId');
  });

  test.each([
    [
      'an event that does not fit its schema',
      committed({ reservationId: 7 }),
      /data\.reservationId/,
    ],
    [
      'an event of a type that there is none of',
      { 'detail-type': 'toString', detail: {} },
      /no event/,
    ],
    ['no event', { hello: 'world' }, /detail-type/],
    ['no object', 'hello', /the whole/],
  ])('that is %s', (_, body, fault) => {
    expect(read('event', body)).toMatchObject({
      about: 'unreadable',
      fault: expect.stringMatching(fault),
    });
  });

  test('that is no JSON', () => {
    expect(readLetter('work', '{', {}).about).toBe('unreadable');
  });

  test('that a rule or a schedule gave up has their words', () => {
    const notes = {
      ERROR_CODE: 'SDK_CLIENT_ERROR',
      ERROR_MESSAGE: 'No such queue',
      RULE_ARN: 'arn',
    };

    expect(read('delivery', committed({ reservationId: 'res-1' }), notes).fault).toBe(
      'SDK_CLIENT_ERROR: No such queue',
    );
    expect(read('schedule', { scheduledTime: '2026-11-24T03:00:00Z' }, notes)).toEqual({
      about: 'run',
      what: 'run of 2026-11-24T03:00:00Z',
      fault: 'SDK_CLIENT_ERROR: No such queue',
    });
    expect(
      read(
        'schedule',
        { scheduledTime: '2026-11-24T03:00:00Z' },
        { ErrorMessage: 'the table is away' },
      ).fault,
    ).toBe('the table is away');
    expect(read('schedule', { scheduledTime: 7 }).about).toBe('unreadable');
    expect(read('schedule', { scheduledTime: '<aws.scheduler.scheduled-time>' }).fault).toContain(
      'scheduledTime: must be a time',
    );
  });

  test('that is changes of a table', () => {
    const givenUp = {
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 51 },
      DDBStreamBatchInfo: {
        batchSize: 2,
        streamArn: 'arn:aws:dynamodb:us-east-1:000000000000:table/Orders/stream/2026',
        approximateArrivalOfFirstRecord: '2026-11-24T00:00:00.000Z',
      },
    };

    expect(read('stream', givenUp)).toEqual({
      about: 'changes',
      what: '2 changes of Orders',
      fault: 'RetryAttemptsExhausted after 51 invocations',
      since: Date.parse('2026-11-24T00:00:00.000Z'),
    });
    expect(read('stream', {}).about).toBe('unreadable');
  });

  test('that is one change, whole or too large for a message', () => {
    const AT = '2026-11-24T00:10:00.000Z';
    const CREATED = '2026-11-24T00:00:00.000Z';
    const eventSourceARN = 'arn:aws:dynamodb:us-east-1:000000000000:table/Orders/stream/2026';
    const recordOf = (name: string, ApproximateCreationDateTime: unknown): ChangeRecord => ({
      eventSourceARN,
      dynamodb: { ApproximateCreationDateTime, NewImage: { name: { S: name } } },
    });
    const letterOf = (record: ChangeRecord) =>
      readLetter('stream', deadLetterOf(record, 'no lines', AT), {});
    const content = { what: '1 change of Orders', fault: 'no lines', since: Date.parse(CREATED) };

    expect(letterOf(recordOf('tea', Date.parse(CREATED) / 1_000))).toEqual({
      about: 'change',
      ...content,
    });
    expect(letterOf(recordOf('tea', new Date(CREATED)))).toEqual({ about: 'change', ...content });
    expect(letterOf(recordOf('x'.repeat(1_100_000), Date.parse(CREATED) / 1_000))).toEqual({
      about: 'changes',
      ...content,
    });
    expect(letterOf(recordOf('tea', undefined)).since).toBe(Date.parse(AT));
  });

  test('that is work, or a notice', () => {
    const part = { reconciliationId: 'rec-1', walk: 'cells', segment: 3 };

    expect(read('work', { kind: 'part', part }).what).toBe(
      'cells, part 3, of reconciliation rec-1',
    );
    expect(
      read('work', {
        kind: 'repair',
        findingId: 'fnd-1',
        approvedAt: '2026-01-01T12:00:00.000Z',
        tried: 0,
      }).what,
    ).toBe('repair of finding fnd-1');
    expect(read('work', { kind: 'rest' }).about).toBe('unreadable');
    expect(read('notice', { detail: { data: { findingId: 'fnd-1' } } }).what).toBe(
      'notice of finding fnd-1',
    );
    expect(read('notice', {}).what).toBe('notice');
  });

  test('that is an event of the bus, encrypted or as it was sent', () => {
    // The form is that of the EventBridge user guide.
    const encrypted = {
      source: 'aws.events',
      'detail-type': 'Encrypted Events',
      detail: { 'kms-key-arn': 'arn:aws:kms:eu-west-1:1:key/k', 'encrypted-payload': 'AgR4' },
    };

    expect(read('bus', encrypted)).toEqual({
      about: 'encrypted',
      what: 'encrypted event',
      fault: 'the bus could not use the key arn:aws:kms:eu-west-1:1:key/k',
    });
    expect(read('bus', { 'detail-type': 'Unknown', detail: {} }).about).toBe('unreadable');
  });
});

test('what a stack tells of queues is read as it was written', () => {
  const lines = [
    {
      queue: 'inventory-Published-Failed',
      kind: 'stream',
      name: 'q-1',
      more: 'arn:aws:lambda:x:function:y',
    },
    { queue: 'reconciliation-Drift-Untold', kind: 'notice', name: 'q-2', more: '' },
  ] as const;

  expect(readDeadLetterLines(toDeadLetterLines(lines))).toEqual(lines);
  expect(() => readDeadLetterLines('nonsense')).toThrow();
});
