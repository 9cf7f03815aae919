import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { DeadLetterKind, QueueIdentity } from '../../contracts/api/dead-letters.ts';
import type { DeadLetter, DeadLetters } from '../use-cases/ports.ts';
import { parseDeadLetter } from './parse-dead-letter.ts';
import { siblingQueueUrl } from './sibling-queue-url.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html */
const BATCH_MESSAGES_MAX = 10;
/** Longer than a request, so that no other request receives the same messages. */
const VISIBILITY_TIMEOUT_SECONDS = 60;
/** Long polling reads all SQS servers. A short poll may miss messages. */
const LONG_POLL_SECONDS = 1;

export class SqsDeadLetters implements DeadLetters {
  readonly #client: SQSClient;
  readonly #queues: ReadonlyMap<string, { readonly kind: DeadLetterKind; readonly url: string }>;

  /** `knownQueueUrl` is the URL of any queue of the same account and region. */
  constructor(client: SQSClient, queues: readonly QueueIdentity[], knownQueueUrl: string) {
    this.#client = client;
    this.#queues = new Map(
      queues.map(({ queue, kind, queueName }) => [
        queue,
        { kind, url: siblingQueueUrl(knownQueueUrl, queueName) },
      ]),
    );
  }

  kindOf(queue: string): DeadLetterKind | undefined {
    return this.#queues.get(queue)?.kind;
  }

  async receive(queue: string, messagesMax: number): Promise<readonly DeadLetter[]> {
    const { kind, url } = this.#getQueue(queue);
    const received = new Map<string, DeadLetter>();
    while (received.size < messagesMax) {
      const { Messages = [] } = await this.#client.send(
        new ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: Math.min(BATCH_MESSAGES_MAX, messagesMax - received.size),
          VisibilityTimeout: VISIBILITY_TIMEOUT_SECONDS,
          WaitTimeSeconds: LONG_POLL_SECONDS,
          MessageSystemAttributeNames: ['SentTimestamp'],
          MessageAttributeNames: ['All'],
        }),
      );
      if (Messages.length === 0) break;
      for (const message of Messages)
        received.set(message.MessageId ?? '', toDeadLetter(kind, message));
    }
    return [...received.values()].sort((one, other) => one.sentAt - other.sentAt);
  }

  async release(queue: string, messages: readonly DeadLetter[]): Promise<void> {
    for (let from = 0; from < messages.length; from += BATCH_MESSAGES_MAX) {
      await this.#client.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl: this.#getQueue(queue).url,
          Entries: messages
            .slice(from, from + BATCH_MESSAGES_MAX)
            .map(({ receiptHandle }, index) => ({
              Id: String(index),
              ReceiptHandle: receiptHandle,
              VisibilityTimeout: 0,
            })),
        }),
      );
    }
  }

  async delete(queue: string, { receiptHandle }: DeadLetter): Promise<void> {
    await this.#client.send(
      new DeleteMessageCommand({
        QueueUrl: this.#getQueue(queue).url,
        ReceiptHandle: receiptHandle,
      }),
    );
  }

  #getQueue(queue: string) {
    const found = this.#queues.get(queue);
    if (found === undefined) throw new Error(`unknown dead-letter queue ${queue}`);
    return found;
  }
}

const toDeadLetter = (
  kind: DeadLetterKind,
  { MessageId, ReceiptHandle, Body: body = '', Attributes, MessageAttributes = {} }: Message,
): DeadLetter => ({
  messageId: MessageId ?? '',
  receiptHandle: ReceiptHandle ?? '',
  body,
  sentAt: Number(Attributes?.SentTimestamp ?? 0),
  content: parseDeadLetter(
    kind,
    body,
    Object.fromEntries(
      Object.entries(MessageAttributes).flatMap(([name, { StringValue }]) =>
        StringValue === undefined ? [] : [[name, StringValue]],
      ),
    ),
  ),
});
