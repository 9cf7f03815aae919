import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import type { ChangeRecord } from './stream-change.ts';

/**
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */
const MESSAGE_BYTES_MAX = 1_048_576;

/** Sends a change that no retry can handle to the consumer's dead-letter queue. */
export type DeadLetterSender = (record: ChangeRecord, problem: string, at: string) => Promise<void>;

/**
 * A change that its consumer sent to the DLQ itself. An operator redrives the message unchanged.
 */
export type RejectedChange = {
  readonly record: ChangeRecord;
  /**
   * True if the message has no images of the item. They must then be read from the stream, which
   * keeps them for 24 hours.
   */
  readonly imagesOmitted: boolean;
};

const Message = z.object({
  rejected: z.object({
    reason: z.string(),
    at: z.iso.datetime(),
    imagesOmitted: z.optional(z.literal(true)),
  }),
  Records: z.tuple([
    z.looseObject({
      eventID: z.optional(z.string()),
      eventSourceARN: z.optional(z.string()),
      dynamodb: z.looseObject({ SequenceNumber: z.optional(z.string()) }),
    }),
  ]),
});

/** Parses a dead letter of a change. Returns undefined for any other event of a consumer. */
export function parseRejectedChange(event: unknown): RejectedChange | undefined {
  const message = Message.safeParse(event);
  if (!message.success) return undefined;
  const { rejected, Records } = message.data;
  return { record: Records[0], imagesOmitted: rejected.imagesOmitted ?? false };
}

/**
 * Returns the message for a change: a stream event with its one record, and why it was rejected. A
 * record with both images may be larger than an SQS message. The message then contains the position
 * of the record in its stream, without the images.
 */
export function toRejectedChangeMessage(record: ChangeRecord, reason: string, at: string): string {
  const whole = toMessageBody({ rejected: { reason, at }, Records: [record] });
  if (Buffer.byteLength(whole) <= MESSAGE_BYTES_MAX) return whole;
  const { NewImage: _new, OldImage: _old, ...place } = record.dynamodb ?? {};
  return toMessageBody({
    rejected: { reason, at, imagesOmitted: true },
    Records: [{ ...record, dynamodb: place }],
  });
}

/** SQS rejects these two characters in a message. JSON can escape them. */
const CHARACTERS_INVALID_IN_SQS = /[\uFFFE\uFFFF]/g;

const toMessageBody = (message: object): string =>
  JSON.stringify(message).replace(
    CHARACTERS_INVALID_IN_SQS,
    (one) => `\\u${one.charCodeAt(0).toString(16)}`,
  );

/** Creates the function that sends single changes to the DLQ of a stream's consumer. */
export const createDeadLetterSender =
  (queueUrl: string, client = new SQSClient({})): DeadLetterSender =>
  async (record, reason, at): Promise<void> => {
    await client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: toRejectedChangeMessage(record, reason, at),
      }),
    );
  };
