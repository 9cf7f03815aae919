import * as z from 'zod/mini';
import { Timestamp } from '../primitives.ts';

/** Maximum number of messages of one request, which has 29 seconds. */
export const MESSAGES_PER_REQUEST_MAX = 50;

/**
 * Contents of a dead-letter queue:
 *
 * - `event`: events that their consumer failed on five times
 * - `delivery`: events that a rule could not deliver
 * - `work`: work messages of reconciliations
 * - `stream`: changes of a table that their consumer failed on
 * - `schedule`: runs of a schedule that could not be invoked
 * - `notification`: notifications to the alarm topic
 * - `bus`: events that the bus could not encrypt or decrypt
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

/** `<context>-<construct>-<Failed or Undelivered>` */
const QueueId = z.string().check(z.regex(/^[A-Za-z][A-Za-z0-9-]{0,79}$/));
/**
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
 */
const MessageId = z.string().check(z.minLength(1), z.maxLength(100));
const MessageIds = z.array(MessageId).check(z.minLength(1), z.maxLength(MESSAGES_PER_REQUEST_MAX));

export const DeadLetterQueuePath = z.strictObject({ queue: QueueId });

/**
 * Verdict about a redrive. `useful`: the effect of the message is missing. `harmless`: it would
 * change nothing. `superseded`: a later change replaces it.
 */
export const Verdict = z.enum(['useful', 'harmless', 'superseded']);
export type Verdict = z.infer<typeof Verdict>;

/** Without ids, all messages are redriven except superseded and unreadable ones. */
export const RedriveRequest = z.strictObject({
  messageIds: z.optional(MessageIds),
  /**
   * Verdict that the caller read for the named messages. A message with another verdict is skipped.
   */
  verdict: z._default(Verdict, 'useful'),
  /** Returns what would be done, and changes nothing. */
  dryRun: z.optional(z.boolean()),
});

/** Only named messages are discarded. */
export const DiscardRequest = z.strictObject({
  messageIds: MessageIds,
  dryRun: z.optional(z.boolean()),
});

export const DeadLetterQueueView = z.object({
  queue: QueueId,
  kind: DeadLetterKind,
  /** Description of the messages. */
  contents: z.string(),
  /** Number of messages, as SQS estimates it. */
  messages: z.int(),
});
export type DeadLetterQueueView = z.infer<typeof DeadLetterQueueView>;
export const DeadLetterQueueList = z.object({ items: z.array(DeadLetterQueueView) });
export type DeadLetterQueueList = z.infer<typeof DeadLetterQueueList>;

export const DeadLetterView = z.object({
  messageId: MessageId,
  /** Type of the event, or a description. */
  summary: z.string(),
  eventId: z.optional(z.string()),
  orderId: z.optional(z.string()),
  sentAt: Timestamp,
  /** Time at which SQS deletes the message. */
  expiresAt: Timestamp,
  /** Error of the consumer or service. */
  cause: z.string(),
  /** Current state of the order or stream. */
  currentState: z.string(),
  verdict: Verdict,
  advice: z.string(),
});
export type DeadLetterView = z.infer<typeof DeadLetterView>;
/** `hasMore`: the queue has messages that were not read. */
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
  /** Reason why it was skipped or failed. */
  reason: z.optional(z.string()),
  /** Content of a discarded message, which is stored nowhere else. */
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

/**
 * A dead-letter queue as a stack passes it to a function, with the field that the function needs.
 */
export type QueueSetting<Field extends QueueField> = QueueIdentity &
  Readonly<Record<Field, string>>;

/**
 * - `contents`: a description of the messages.
 * - `logGroup`: log group of the consumer, empty if it logs no single messages.
 * - `target`: name of the queue, or ARN of the function, that takes a redriven message. Empty if
 *   none does.
 */
export type QueueField = 'contents' | 'logGroup' | 'target';

/**
 * Formats queues as the value of an environment variable: a line for each, its values between bars.
 *
 * An environment holds 4 KB. 23 queues with names of up to 80 characters take 3.6 KB as lines, and
 * 4.6 to 5.1 KB as JSON objects. A file in the bundle cannot hold the names, because they are known
 * only after the deployment.
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

/** Formats the queues alone, for a function whose environment has no room for another field. */
export const formatQueues = (queues: readonly QueueIdentity[]): string =>
  queues.map(({ queue, kind, queueName }) => [queue, kind, queueName].join(SEPARATOR)).join('\n');

/** Parses what `formatQueues` wrote. Throws if a line has a bad queue id or kind. */
export const parseQueues = (text: string): readonly QueueIdentity[] =>
  text.split('\n').map((line) => {
    const [queue, kind, queueName] = IdentityLine.parse(line.split(SEPARATOR));
    return { queue, kind, queueName };
  });

const SEPARATOR = '|';
const IDENTITY = [QueueId, DeadLetterKind, z.string().check(z.minLength(1))] as const;
const IdentityLine = z.tuple([...IDENTITY]);
const QueueLine = z.tuple([...IDENTITY, z.string()]);
