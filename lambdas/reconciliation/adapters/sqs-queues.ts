import {
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { readDeadLetterLines } from '../../contracts/dead-letters-api.ts';
import { RetryLater } from '../../shared/core/faults.ts';
import type { QueueDepth } from '../domain/check-others.ts';
import type { DeadLetterQueues, Work, WorkQueue } from '../use-cases/ports.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
const ENTRIES_MAX = 10;

export class SqsWorkQueue implements WorkQueue {
  readonly #client: SQSClient;
  readonly #url: string;

  constructor(client: SQSClient, url: string) {
    this.#client = client;
    this.#url = url;
  }

  /** Throws RetryLater where the queue took a part of the messages only; those that it took may be handled twice. */
  async send(work: readonly Work[], delaySeconds = 0): Promise<void> {
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
      const message = `${Failed.length} messages were not taken: ${first.Message ?? first.Code}`;
      throw Failed.some(({ SenderFault }) => SenderFault)
        ? new Error(message)
        : new RetryLater(message);
    }
  }
}

type KnownQueue = { readonly name: string; readonly holds: string; readonly url: string };

/** The queues that the stack tells of. Their URLs are those of the account, as that of the work queue is. */
export const queuesFrom = (lines: string, workQueueUrl: string): readonly KnownQueue[] =>
  readDeadLetterLines(lines).map(({ queue, name, more: holds }) => ({
    name: queue,
    holds,
    url: workQueueUrl.replace(/[^/]+$/, name),
  }));

export class SqsDeadLetterQueues implements DeadLetterQueues {
  readonly #client: SQSClient;
  readonly #queues: readonly KnownQueue[];

  constructor(client: SQSClient, queues: readonly KnownQueue[]) {
    this.#client = client;
    this.#queues = queues;
  }

  depths(): Promise<readonly QueueDepth[]> {
    return Promise.all(
      this.#queues.map(async ({ name, holds, url }) => {
        const { Attributes } = await this.#client.send(
          new GetQueueAttributesCommand({
            QueueUrl: url,
            AttributeNames: ['ApproximateNumberOfMessages'],
          }),
        );
        return { name, holds, messages: Number(Attributes?.ApproximateNumberOfMessages ?? 0) };
      }),
    );
  }
}
