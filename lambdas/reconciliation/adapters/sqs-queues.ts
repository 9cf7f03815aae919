import {
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { parseQueues } from '../../contracts/api/dead-letters.ts';
import { RetryLaterError } from '../../shared/core/errors.ts';
import type { QueueDepth } from '../domain/checks/check-reservations.ts';
import type { DeadLetterQueues, WorkMessage, WorkQueue } from '../use-cases/ports.ts';

/**
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
 */
const ENTRIES_MAX = 10;

export class SqsWorkQueue implements WorkQueue {
  readonly #client: SQSClient;
  readonly #url: string;

  constructor(client: SQSClient, url: string) {
    this.#client = client;
    this.#url = url;
  }

  /**
   * Throws RetryLaterError if the queue accepted only some messages. These may be handled twice.
   */
  async send(work: readonly WorkMessage[], delaySeconds = 0): Promise<void> {
    for (let from = 0; from < work.length; from += ENTRIES_MAX) {
      const { Failed = [] } = await this.#client.send(
        new SendMessageBatchCommand({
          QueueUrl: this.#url,
          Entries: work.slice(from, from + ENTRIES_MAX).map((one, index) => ({
            Id: String(index),
            MessageBody: JSON.stringify(one),
            DelaySeconds: delaySeconds,
          })),
        }),
      );
      const [first] = Failed;
      if (first === undefined) continue;
      const message = `${Failed.length} messages were rejected by the queue: ${first.Message ?? first.Code}`;
      throw Failed.some(({ SenderFault }) => SenderFault)
        ? new Error(message)
        : new RetryLaterError(message);
    }
  }
}

type MonitoredQueue = Omit<QueueDepth, 'messages'> & { readonly url: string };

/**
 * Parses the variable DEAD_LETTER_QUEUES. The work queue gives the account and region of the URLs.
 */
export const parseMonitoredQueues = (
  text: string,
  workQueueUrl: string,
): readonly MonitoredQueue[] =>
  parseQueues(text).map(({ queue, kind, queueName }) => ({
    name: queue,
    kind,
    url: workQueueUrl.replace(/[^/]+$/, queueName),
  }));

export class SqsDeadLetterQueues implements DeadLetterQueues {
  readonly #client: SQSClient;
  readonly #queues: readonly MonitoredQueue[];

  constructor(client: SQSClient, queues: readonly MonitoredQueue[]) {
    this.#client = client;
    this.#queues = queues;
  }

  getDepths(): Promise<readonly QueueDepth[]> {
    return Promise.all(
      this.#queues.map(async ({ name, kind, url }) => {
        const { Attributes } = await this.#client.send(
          new GetQueueAttributesCommand({
            QueueUrl: url,
            AttributeNames: ['ApproximateNumberOfMessages'],
          }),
        );
        return {
          name,
          kind,
          messages: Number(Attributes?.ApproximateNumberOfMessages ?? 0),
        };
      }),
    );
  }
}
