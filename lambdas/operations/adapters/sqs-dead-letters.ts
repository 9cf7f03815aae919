import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import {
  type DeadLetterKind,
  type DeadLetterLine,
  readDeadLetterLines,
} from '../../contracts/dead-letters-api.ts';
import type { DeadLetters, Letter } from '../use-cases/ports.ts';
import { readLetter } from './read-letter.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html */
const BATCH_MESSAGES_MAX = 10;
/** Longer than a request may take: nobody else treats what is in hand. */
const IN_HAND_SECONDS = 60;
/** Long polling asks all of SQS's servers; a short poll may miss what is there. */
const WAIT_SECONDS = 1;

/** The URL of a queue, by that of another one of the same account and region. */
export const urlBeside = (queueUrl: string, name: string): string =>
  queueUrl.replace(/[^/]+$/, name);

export class SqsDeadLetters implements DeadLetters {
  readonly #client: SQSClient;
  readonly #queues: ReadonlyMap<string, DeadLetterLine & { readonly url: string }>;

  /** `more` of a line is what the queue holds, in words; the URL is that of any queue beside them. */
  constructor(client: SQSClient, lines: string, queueUrl: string) {
    this.#client = client;
    this.#queues = new Map(
      readDeadLetterLines(lines).map((line) => [
        line.queue,
        { ...line, url: urlBeside(queueUrl, line.name) },
      ]),
    );
  }

  kindOf(queue: string): DeadLetterKind | undefined {
    return this.#queues.get(queue)?.kind;
  }

  depths() {
    return Promise.all(
      [...this.#queues.values()].map(async ({ queue, kind, more: holds, url }) => {
        const { Attributes } = await this.#client.send(
          new GetQueueAttributesCommand({
            QueueUrl: url,
            AttributeNames: ['ApproximateNumberOfMessages'],
          }),
        );
        return {
          queue,
          kind,
          holds,
          messages: Number(Attributes?.ApproximateNumberOfMessages ?? 0),
        };
      }),
    );
  }

  async take(queue: string, lettersMax: number): Promise<readonly Letter[]> {
    const { kind, url } = this.#known(queue);
    const taken = new Map<string, Letter>();
    while (taken.size < lettersMax) {
      const { Messages = [] } = await this.#client.send(
        new ReceiveMessageCommand({
          QueueUrl: url,
          MaxNumberOfMessages: Math.min(BATCH_MESSAGES_MAX, lettersMax - taken.size),
          VisibilityTimeout: IN_HAND_SECONDS,
          WaitTimeSeconds: WAIT_SECONDS,
          MessageSystemAttributeNames: ['SentTimestamp'],
          MessageAttributeNames: ['All'],
        }),
      );
      if (Messages.length === 0) break;
      for (const message of Messages) taken.set(message.MessageId ?? '', toLetter(kind, message));
    }
    return [...taken.values()].sort((one, other) => one.sentAt - other.sentAt);
  }

  async putBack(queue: string, letters: readonly Letter[]): Promise<void> {
    for (let from = 0; from < letters.length; from += BATCH_MESSAGES_MAX) {
      await this.#client.send(
        new ChangeMessageVisibilityBatchCommand({
          QueueUrl: this.#known(queue).url,
          Entries: letters.slice(from, from + BATCH_MESSAGES_MAX).map(({ receipt }, index) => ({
            Id: String(index),
            ReceiptHandle: receipt,
            VisibilityTimeout: 0,
          })),
        }),
      );
    }
  }

  async remove(queue: string, { receipt }: Letter): Promise<void> {
    await this.#client.send(
      new DeleteMessageCommand({ QueueUrl: this.#known(queue).url, ReceiptHandle: receipt }),
    );
  }

  #known(queue: string) {
    const known = this.#queues.get(queue);
    if (known === undefined) throw new Error(`there is no dead letter queue ${queue}`);
    return known;
  }
}

const toLetter = (
  kind: DeadLetterKind,
  { MessageId, ReceiptHandle, Body: body = '', Attributes, MessageAttributes = {} }: Message,
): Letter => ({
  messageId: MessageId ?? '',
  receipt: ReceiptHandle ?? '',
  body,
  sentAt: Number(Attributes?.SentTimestamp ?? 0),
  content: readLetter(
    kind,
    body,
    Object.fromEntries(
      Object.entries(MessageAttributes).flatMap(([name, { StringValue }]) =>
        StringValue === undefined ? [] : [[name, StringValue]],
      ),
    ),
  ),
});
