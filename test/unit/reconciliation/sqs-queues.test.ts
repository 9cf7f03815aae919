import type { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { SqsWorkQueue } from '../../../lambdas/reconciliation/adapters/sqs-queues.ts';
import { RetryLaterError } from '../../../lambdas/shared/core/errors.ts';

const MESSAGES = Array.from({ length: 3 }, (_, page) => ({ page }));

/** A queue that takes all messages but these. */
const aRejectingQueue = (...Failed: readonly object[]): SqsWorkQueue => {
  const client = { send: async () => ({ Failed }) };
  // Only `send` is used of a client.
  return new SqsWorkQueue(client as unknown as SQSClient, 'https://sqs/work');
};
const send = (queue: SqsWorkQueue) =>
  queue.send(MESSAGES as never).catch((error: unknown) => error);

describe('a batch of messages', () => {
  test('that was taken whole is sent', async () => {
    expect(await send(aRejectingQueue())).toBeUndefined();
  });

  test('of which the queue failed to take some is to be sent again: the caller is asked to retry', async () => {
    const failure = await send(
      aRejectingQueue({ Id: '1', SenderFault: false, Code: 'InternalError' }),
    );

    expect(failure).toEqual(new RetryLaterError('1 messages were not taken: InternalError'));
  });

  test('of which some can never be taken is an error', async () => {
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
