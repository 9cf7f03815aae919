import type { SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { SqsWorkQueue } from '../../../lambdas/reconciliation/adapters/sqs-queues.ts';
import { RetryLater } from '../../../lambdas/shared/core/faults.ts';

const work = Array.from({ length: 3 }, (_, page) => ({ page }));

/** A queue that takes all messages but these. */
const failing = (...Failed: readonly object[]): SqsWorkQueue => {
  const client = { send: async () => ({ Failed }) };
  // Only `send` is used of a client.
  return new SqsWorkQueue(client as unknown as SQSClient, 'https://sqs/work');
};
const send = (queue: SqsWorkQueue) => queue.send(work as never).catch((fault: unknown) => fault);

describe('a batch of messages', () => {
  test('that was taken whole is sent', async () => {
    expect(await send(failing())).toBeUndefined();
  });

  test('of which the queue failed to take some is to be sent again: the caller is asked to retry', async () => {
    const failure = await send(failing({ Id: '1', SenderFault: false, Code: 'InternalError' }));

    expect(failure).toEqual(new RetryLater('1 messages were not taken: InternalError'));
  });

  test('of which some can never be taken is an error', async () => {
    const failure = await send(
      failing(
        { Id: '0', SenderFault: false, Code: 'InternalError' },
        { Id: '1', SenderFault: true, Code: 'X' },
      ),
    );

    expect(failure).toBeInstanceOf(Error);
    expect(failure).not.toBeInstanceOf(RetryLater);
  });
});
