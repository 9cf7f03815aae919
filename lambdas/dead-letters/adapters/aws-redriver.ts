import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type DeadLetterLine, parseDeadLetterLines } from '../../contracts/dead-letters-api.ts';
import type { DeadLetter, Redriver } from '../use-cases/ports.ts';
import type { LambdaConsumers } from './lambda-consumers.ts';
import { siblingQueueUrl } from './sqs-dead-letters.ts';

/** Back into the queue that a message was given up by; or, where there was none, to the function itself. */
export class AwsRedriver implements Redriver {
  readonly #client: SQSClient;
  readonly #consumers: LambdaConsumers;
  readonly #lines: ReadonlyMap<string, DeadLetterLine>;
  readonly #queueUrl: string;

  /**
   * `detail` of a line is the name of the queue, or the ARN of the function, that its messages are for; a delivery's is told with the queue
   * `…-Failed` beside it. The URL is that of any queue beside them.
   */
  constructor(client: SQSClient, consumers: LambdaConsumers, lines: string, queueUrl: string) {
    this.#client = client;
    this.#consumers = consumers;
    this.#lines = new Map(parseDeadLetterLines(lines).map((line) => [line.queue, line]));
    this.#queueUrl = queueUrl;
  }

  async redrive(queue: string, { body }: DeadLetter): Promise<void> {
    const line = this.#lines.get(queue);
    switch (line?.kind) {
      case 'event':
      case 'work':
        return this.#send(line, body);
      case 'delivery':
        return this.#send(this.#lines.get(queue.replace(/Undelivered$/, 'Failed')), body);
      case 'stream':
      case 'schedule':
        return this.#consumers.invoke(line.detail, body);
      default:
        throw new Error(`nothing takes the messages of ${queue}`);
    }
  }

  async #send(line: DeadLetterLine | undefined, body: string): Promise<void> {
    if (line === undefined || line.detail === '')
      throw new Error('nothing is told of the queue to send it to');
    await this.#client.send(
      new SendMessageCommand({
        QueueUrl: siblingQueueUrl(this.#queueUrl, line.detail),
        MessageBody: body,
      }),
    );
  }
}
