import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DeadLetterQueueView, QueueSetting } from '../../contracts/api/dead-letters.ts';
import type { QueueDepths } from '../use-cases/ports.ts';
import { siblingQueueUrl } from './sibling-queue-url.ts';

export class SqsQueueDepths implements QueueDepths {
  readonly #client: SQSClient;
  readonly #queues: readonly QueueSetting<'contents'>[];
  readonly #knownQueueUrl: string;

  /** `knownQueueUrl` is the URL of any queue of the same account and region. */
  constructor(
    client: SQSClient,
    queues: readonly QueueSetting<'contents'>[],
    knownQueueUrl: string,
  ) {
    this.#client = client;
    this.#queues = queues;
    this.#knownQueueUrl = knownQueueUrl;
  }

  getDepths(): Promise<readonly DeadLetterQueueView[]> {
    return Promise.all(
      this.#queues.map(async ({ queue, kind, queueName, contents }) => {
        const { Attributes } = await this.#client.send(
          new GetQueueAttributesCommand({
            QueueUrl: siblingQueueUrl(this.#knownQueueUrl, queueName),
            AttributeNames: ['ApproximateNumberOfMessages'],
          }),
        );
        const messages = Number(Attributes?.ApproximateNumberOfMessages ?? 0);
        return { queue, kind, contents, messages };
      }),
    );
  }
}
