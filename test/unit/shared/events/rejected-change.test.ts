import { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import {
  createDeadLetterSender,
  parseRejectedChange,
  toRejectedChangeMessage,
} from '../../../../lambdas/shared/events/rejected-change.ts';
import type { ChangeRecord } from '../../../../lambdas/shared/events/stream-change.ts';

const MESSAGE_BYTES_MAX = 1_048_576;
const AT = '2026-01-01T12:00:00.000Z';
const REASON = 'lines: is missing';
const place = {
  Keys: { pk: { S: 'ORDER#ord-1' }, sk: { S: 'ORDER' } },
  SequenceNumber: '101',
  ApproximateCreationDateTime: 1_767_268_800,
};
const recordOf = (name: string): ChangeRecord => ({
  eventID: 'event-1',
  eventSourceARN: 'arn:aws:dynamodb:us-east-1:000000000000:table/Orders/stream/2026',
  dynamodb: { ...place, OldImage: { name: { S: 'before' } }, NewImage: { name: { S: name } } },
});
const bytesOf = (record: ChangeRecord) =>
  Buffer.byteLength(toRejectedChangeMessage(record, REASON, AT));
const fixedBytes = bytesOf(recordOf(''));

describe('a dead letter of a change', () => {
  test('has the whole record, and the reason of the rejection', () => {
    const body = JSON.parse(toRejectedChangeMessage(recordOf('tea'), REASON, AT));

    expect(body).toEqual({ rejected: { reason: REASON, at: AT }, Records: [recordOf('tea')] });
    expect(parseRejectedChange(body)).toEqual({ record: recordOf('tea'), imagesOmitted: false });
  });

  test.each([
    [MESSAGE_BYTES_MAX - 1, false],
    [MESSAGE_BYTES_MAX, false],
    [MESSAGE_BYTES_MAX + 1, true],
  ])('of %i bytes omits the images: %s', (bytes, imagesOmitted) => {
    const record = recordOf('x'.repeat(bytes - fixedBytes));

    const deadLetter = parseRejectedChange(JSON.parse(toRejectedChangeMessage(record, REASON, AT)));

    expect(deadLetter?.imagesOmitted).toBe(imagesOmitted);
    expect(deadLetter?.record).toEqual(imagesOmitted ? { ...record, dynamodb: place } : record);
    expect(bytesOf(record)).toBeLessThanOrEqual(MESSAGE_BYTES_MAX);
  });

  test('is measured in bytes, not in characters', () => {
    const record = recordOf('\u20ac'.repeat((MESSAGE_BYTES_MAX - fixedBytes) / 2));

    expect(
      parseRejectedChange(JSON.parse(toRejectedChangeMessage(record, REASON, AT)))?.imagesOmitted,
    ).toBe(true);
  });

  test('has no character that SQS rejects, and is parsed unchanged', () => {
    const name = 'a\ufffeb\uffffc\u0000d\ud800e';

    const body = toRejectedChangeMessage(recordOf(name), REASON, AT);

    // biome-ignore lint/suspicious/noControlCharactersInRegex: These are what SQS rejects.
    expect(body).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/);
    expect(parseRejectedChange(JSON.parse(body))?.record).toEqual(recordOf(name));
  });

  test.each([
    ['a batch of Lambda', { Records: [recordOf('tea')] }],
    ['changes that Lambda no longer retries', { DDBStreamBatchInfo: {}, requestContext: {} }],
    [
      'two records',
      { rejected: { reason: REASON, at: AT }, Records: [recordOf('a'), recordOf('b')] },
    ],
    ['no record', { rejected: { reason: REASON, at: AT }, Records: [] }],
  ])('is not %s', (_case, event) => {
    expect(parseRejectedChange(event)).toBeUndefined();
  });

  test('is sent to the queue, and throws if the queue rejects it', async () => {
    const sent: unknown[] = [];
    const client = new SQSClient({
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    client.middlewareStack.add(
      () => async (args) => {
        sent.push(args.input);
        if (sent.length > 1) throw new Error('the queue is away');
        return { output: { $metadata: {} }, response: undefined };
      },
      { step: 'initialize' },
    );
    const send = createDeadLetterSender('https://sqs.test/0/failed', client);

    await send(recordOf('tea'), REASON, AT);

    expect(sent).toEqual([
      {
        QueueUrl: 'https://sqs.test/0/failed',
        MessageBody: toRejectedChangeMessage(recordOf('tea'), REASON, AT),
      },
    ]);
    await expect(send(recordOf('tea'), REASON, AT)).rejects.toThrow('the queue is away');
  });
});
