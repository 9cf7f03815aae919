import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { QueueSetting } from '../../contracts/api/dead-letters.ts';
import type { DeadLetter, Redriver } from '../use-cases/ports.ts';
import type { LambdaConsumers } from './lambda-consumers.ts';
import { siblingQueueUrl } from './sibling-queue-url.ts';

/** Sends a message to the queue that gave it up, or to the function if there was no queue. */
export class AwsRedriver implements Redriver {
  readonly #client: SQSClient;
  readonly #consumers: LambdaConsumers;
  readonly #queues: ReadonlyMap<string, QueueSetting<'target'>>;
  readonly #knownQueueUrl: string;

  /** `knownQueueUrl` is the URL of any queue of the same account and region. */
  constructor(
    client: SQSClient,
    consumers: LambdaConsumers,
    queues: readonly QueueSetting<'target'>[],
    knownQueueUrl: string,
  ) {
    this.#client = client;
    this.#consumers = consumers;
    this.#queues = new Map(queues.map((setting) => [setting.queue, setting]));
    this.#knownQueueUrl = knownQueueUrl;
  }

  async redrive(queue: string, { body }: DeadLetter): Promise<void> {
    const setting = this.#queues.get(queue);
    switch (setting?.kind) {
      case 'event':
      case 'work':
        return this.#send(setting.target, body);
      case 'delivery':
        // The target of an undelivered event is stated once, with the failed events of its
        // consumer.
        return this.#send(this.#queues.get(queue.replace(/Undelivered$/, 'Failed'))?.target, body);
      case 'stream':
      case 'schedule':
        return this.#consumers.invoke(setting.target, body);
      default:
        throw new Error(`no consumer takes the messages of ${queue}`);
    }
  }

  async #send(queueName: string | undefined, body: string): Promise<void> {
    if (queueName === undefined || queueName === '')
      throw new Error('the settings name no queue to send the message to');
    await this.#client.send(
      new SendMessageCommand({
        QueueUrl: siblingQueueUrl(this.#knownQueueUrl, queueName),
        MessageBody: body,
      }),
    );
  }
}
