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

/** A dead letter queue as a stack tells of it to a function. */
export type DeadLetterLine = {
  readonly queue: string;
  readonly kind: DeadLetterKind;
  /** Of SQS. */
  readonly queueName: string;
  /** What the function needs besides. */
  readonly detail: string;
};

const QueueLine = z.pipe(
  z.pipe(
    z.string(),
    z.transform((line: string) => {
      const [queue, kind, queueName, detail] = line.split('|');
      return { queue, kind, queueName, detail };
    }),
  ),
  z.object({ queue: QueueId, kind: DeadLetterKind, queueName: z.string(), detail: z.string() }),
);

/** All of a function's environment has 4 KB, which JSON would fill: a line each. */
export const toDeadLetterLines = (queues: readonly DeadLetterLine[]): string =>
  queues
    .map(({ queue, kind, queueName, detail }) => [queue, kind, queueName, detail].join('|'))
    .join('\n');

export const parseDeadLetterLines = (lines: string): readonly DeadLetterLine[] =>
  z.array(QueueLine).parse(lines.split('\n'));
