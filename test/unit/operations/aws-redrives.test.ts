import type { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import { toDeadLetterLines } from '../../../lambdas/contracts/dead-letters-api.ts';
import { AwsRedrives } from '../../../lambdas/operations/adapters/aws-redrives.ts';
import type { LambdaConsumers } from '../../../lambdas/operations/adapters/lambda-consumers.ts';
import type { Letter } from '../../../lambdas/operations/use-cases/ports.ts';

const letter: Letter = {
  messageId: 'm-1',
  receipt: 'r-1',
  body: '{"a":1}',
  sentAt: 0,
  content: { about: 'event', what: 'PaymentCaptured' },
};

function redrives() {
  const sent: string[] = [];
  const lines = toDeadLetterLines([
    { queue: 'orders-PaymentCaptured-Failed', kind: 'event', name: 'failed', more: 'captured' },
    {
      queue: 'orders-PaymentCaptured-Undelivered',
      kind: 'delivery',
      name: 'undelivered',
      more: '',
    },
    { queue: 'lost-Undelivered', kind: 'delivery', name: 'lost', more: '' },
    { queue: 'orders-Published-Failed', kind: 'stream', name: 'published', more: 'arn:publish' },
    { queue: 'drift-Untold', kind: 'notice', name: 'untold', more: '' },
  ]);
  const client = {
    send: async ({ input }: SendMessageCommand) =>
      sent.push(`${input.QueueUrl} ${input.MessageBody}`),
  } as unknown as SQSClient;
  const consumers = {
    invoke: async (functionArn: string, body: string) => sent.push(`${functionArn} ${body}`),
  } as unknown as LambdaConsumers;
  return { sent, redrives: new AwsRedrives(client, consumers, lines, 'https://sqs.test/1/failed') };
}

describe('a message goes', () => {
  test.each([
    ['orders-PaymentCaptured-Failed', 'https://sqs.test/1/captured {"a":1}'],
    ['orders-PaymentCaptured-Undelivered', 'https://sqs.test/1/captured {"a":1}'],
    ['orders-Published-Failed', 'arn:publish {"a":1}'],
  ])('out of %s where its like goes', async (queue, to) => {
    const made = redrives();

    await made.redrives.redrive(queue, letter);

    expect(made.sent).toEqual([to]);
  });

  test.each(['lost-Undelivered', 'drift-Untold', 'unknown'])('nowhere out of %s', async (queue) => {
    const made = redrives();

    await expect(made.redrives.redrive(queue, letter)).rejects.toThrow('nothing');
    expect(made.sent).toEqual([]);
  });
});
