import * as z from 'zod/mini';
import { Timestamp } from './primitives.ts';

/** Messages that one request takes in hand; a request has 29 seconds. */
export const MESSAGES_PER_REQUEST_MAX = 50;

/**
 * What a dead letter queue holds: events that their consumer failed on five times; events that a rule could not deliver; parts of a
 * reconciliation; changes of a table that its consumer failed on; runs of a schedule that could not be invoked; notices to the
 * alarms' topic; events that the bus could not encrypt or decrypt.
 */
export const DeadLetterKind = z.enum([
  'event',
  'delivery',
  'work',
  'stream',
  'schedule',
  'notification',
  'bus',
]);
export type DeadLetterKind = z.infer<typeof DeadLetterKind>;

/** `<context>-<what it belongs to>-<Failed or Undelivered>` */
const QueueId = z.string().check(z.regex(/^[A-Za-z][A-Za-z0-9-]{0,79}$/));
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html */
const MessageId = z.string().check(z.minLength(1), z.maxLength(100));
const MessageIds = z.array(MessageId).check(z.minLength(1), z.maxLength(MESSAGES_PER_REQUEST_MAX));

export const DeadLetterQueuePath = z.strictObject({ queue: QueueId });

/** `useful`: what it was to change has not happened. `harmless`: it would change nothing. `superseded`: something else has taken its place. */
export const Verdict = z.enum(['useful', 'harmless', 'superseded']);
export type Verdict = z.infer<typeof Verdict>;

/** Without ids: all but those that are superseded or that nobody could read. */
export const RedriveRequest = z.strictObject({
  messageIds: z.optional(MessageIds),
  /** The verdict that was seen of those that are named. One that is judged otherwise by now is skipped. */
  verdict: z._default(Verdict, 'useful'),
  /** Says what would be done, and does nothing. */
  dryRun: z.optional(z.boolean()),
});

/** Only what is named is thrown away. */
export const DiscardRequest = z.strictObject({
  messageIds: MessageIds,
  dryRun: z.optional(z.boolean()),
});

export const DeadLetterQueueView = z.object({
  queue: QueueId,
  kind: DeadLetterKind,
  /** In words. */
  contents: z.string(),
  /** As SQS estimates it. */
  messages: z.int(),
});
export type DeadLetterQueueView = z.infer<typeof DeadLetterQueueView>;
export const DeadLetterQueueList = z.object({ items: z.array(DeadLetterQueueView) });
export type DeadLetterQueueList = z.infer<typeof DeadLetterQueueList>;

export const DeadLetterView = z.object({
  messageId: MessageId,
  /** What it is: an event's type, or words. */
  summary: z.string(),
  eventId: z.optional(z.string()),
  orderId: z.optional(z.string()),
  sentAt: Timestamp,
  /** SQS deletes it then. */
  expiresAt: Timestamp,
  /** Why it could not be handled. */
  cause: z.string(),
  /** What has become of its order since. */
  currentState: z.string(),
  verdict: Verdict,
  advice: z.string(),
});
export type DeadLetterView = z.infer<typeof DeadLetterView>;
/** `more`: not all of the queue's messages were looked at. */
export const DeadLetterList = z.object({ items: z.array(DeadLetterView), hasMore: z.boolean() });
export type DeadLetterList = z.infer<typeof DeadLetterList>;

export const DeadLetterOutcome = z.object({
  messageId: MessageId,
  outcome: z.enum([
    'redriven',
    'wouldBeRedriven',
    'discarded',
    'wouldBeDiscarded',
    'skipped',
    'failed',
    'notFound',
  ]),
  summary: z.optional(z.string()),
  verdict: z.optional(Verdict),
  /** Why it was skipped or failed. */
  reason: z.optional(z.string()),
  /** Of a message that was discarded: its content, which is nowhere else any more. */
  body: z.optional(z.string()),
});
export type DeadLetterOutcome = z.infer<typeof DeadLetterOutcome>;
export const DeadLetterReport = z.object({
  items: z.array(DeadLetterOutcome),
  hasMore: z.boolean(),
});
export type DeadLetterReport = z.infer<typeof DeadLetterReport>;

export type QueueIdentity = {
  readonly queue: string;
  readonly kind: DeadLetterKind;
  /** Physical name in SQS. */
  readonly queueName: string;
};

/** A dead-letter queue as a stack passes it to a function, with the field that the function needs. */
export type QueueSetting<Field extends QueueField> = QueueIdentity &
  Readonly<Record<Field, string>>;

/**
 * - `contents`: a description of the messages.
 * - `logGroup`: log group of the consumer, empty if it logs no single messages.
 * - `target`: name of the queue, or ARN of the function, that takes a redriven message. Empty if none does.
 */
export type QueueField = 'contents' | 'logGroup' | 'target';

/**
 * Formats queues as the value of an environment variable: a line for each, its values between bars.
 *
 * An environment holds 4 KB. 23 queues with names of up to 80 characters take 3.6 KB as lines, and 4.6 to
 * 5.1 KB as JSON objects. A file in the bundle cannot hold the names, because they are known only after
 * the deployment.
 */
export const formatQueueSettings = <Field extends QueueField>(
  field: Field,
  queues: readonly QueueSetting<Field>[],
): string =>
  queues
    .map((setting) =>
      [setting.queue, setting.kind, setting.queueName, setting[field]].join(SEPARATOR),
    )
    .join('\n');

/** Parses what `formatQueueSettings` wrote. Throws if a line has a bad queue id, kind or field. */
export const parseQueueSettings = <Field extends QueueField>(
  field: Field,
  text: string,
): readonly QueueSetting<Field>[] =>
  text.split('\n').map((line) => {
    const [queue, kind, queueName, value] = QueueLine.parse(line.split(SEPARATOR));
    return { queue, kind, queueName, [field]: value } as QueueSetting<Field>;
  });

const SEPARATOR = '|';
const QueueLine = z.tuple([QueueId, DeadLetterKind, z.string().check(z.minLength(1)), z.string()]);
