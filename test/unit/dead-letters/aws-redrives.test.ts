import type { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, test } from 'vitest';
import type { QueueSetting } from '../../../lambdas/contracts/api/dead-letters.ts';
import { AwsRedriver } from '../../../lambdas/dead-letters/adapters/aws-redriver.ts';
import type { LambdaConsumers } from '../../../lambdas/dead-letters/adapters/lambda-consumers.ts';
import type { DeadLetter } from '../../../lambdas/dead-letters/use-cases/ports.ts';

const MESSAGE: DeadLetter = {
  messageId: 'm-1',
  receiptHandle: 'r-1',
  body: '{"a":1}',
  sentAt: 0,
  content: { kind: 'event', summary: 'PaymentCaptured' },
};

function createRedriver() {
  const sent: string[] = [];
  const queues: readonly QueueSetting<'target'>[] = [
    {
      queue: 'orders-PaymentCaptured-Failed',
      kind: 'event',
      queueName: 'failed',
      target: 'captured',
    },
    {
      queue: 'orders-PaymentCaptured-Undelivered',
      kind: 'delivery',
      queueName: 'undelivered',
      target: '',
    },
    { queue: 'lost-Undelivered', kind: 'delivery', queueName: 'lost', target: '' },
    {
      queue: 'orders-EventPublishing-Failed',
      kind: 'stream',
      queueName: 'published',
      target: 'arn:publish',
    },
    { queue: 'drift-Untold', kind: 'notification', queueName: 'untold', target: '' },
  ];
  const client = {
    send: async ({ input }: SendMessageCommand) =>
      sent.push(`${input.QueueUrl} ${input.MessageBody}`),
  } as unknown as SQSClient;
  const consumers = {
    invoke: async (functionArn: string, body: string) => sent.push(`${functionArn} ${body}`),
  } as unknown as LambdaConsumers;
  return {
    sent,
    redriver: new AwsRedriver(client, consumers, queues, 'https://sqs.test/1/failed'),
  };
}

describe('a redriven message', () => {
  test.each([
    ['orders-PaymentCaptured-Failed', 'https://sqs.test/1/captured {"a":1}'],
    ['orders-PaymentCaptured-Undelivered', 'https://sqs.test/1/captured {"a":1}'],
    ['orders-EventPublishing-Failed', 'arn:publish {"a":1}'],
  ])('of %s goes to its consumer', async (queue, to) => {
    const made = createRedriver();

    await made.redriver.redrive(queue, MESSAGE);

    expect(made.sent).toEqual([to]);
  });

  test.each(['lost-Undelivered', 'drift-Untold', 'unknown'])('of %s is rejected', async (queue) => {
    const made = createRedriver();

    await expect(made.redriver.redrive(queue, MESSAGE)).rejects.toThrow(
      /no consumer|name no queue/,
    );
    expect(made.sent).toEqual([]);
  });
});
