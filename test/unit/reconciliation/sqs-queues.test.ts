import type { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { SqsWorkQueue } from '../../../lambdas/reconciliation/adapters/sqs-queues.ts';
import { RetryLaterError } from '../../../lambdas/shared/core/errors.ts';

const MESSAGES = Array.from({ length: 3 }, (_, page) => ({ page }));

/** Creates a queue that rejects these entries. */
const aRejectingQueue = (...Failed: readonly object[]): SqsWorkQueue => {
  const client = { send: async () => ({ Failed }) };
  // The queue uses only `send` of the client.
  return new SqsWorkQueue(client as unknown as SQSClient, 'https://sqs/work');
};
const send = (queue: SqsWorkQueue) =>
  queue.send(MESSAGES as never).catch((error: unknown) => error);

describe('a batch of messages', () => {
  test('is sent when the queue accepts it', async () => {
    expect(await send(aRejectingQueue())).toBeUndefined();
  });

  test('is to be retried when the queue fails to accept some', async () => {
    const failure = await send(
      aRejectingQueue({ Id: '1', SenderFault: false, Code: 'InternalError' }),
    );

    expect(failure).toEqual(
      new RetryLaterError('1 messages were rejected by the queue: InternalError'),
    );
  });

  test('throws when some can never be accepted', async () => {
    const failure = await send(
      aRejectingQueue(
        { Id: '0', SenderFault: false, Code: 'InternalError' },
        { Id: '1', SenderFault: true, Code: 'X' },
      ),
    );

    expect(failure).toBeInstanceOf(Error);
    expect(failure).not.toBeInstanceOf(RetryLaterError);
  });
});
