import type { DeadLetterView } from '../../contracts/api/dead-letters.ts';
import { RUN_SECONDS_MAX } from '../../contracts/api/reconciliation.ts';
import {
  type Instant,
  MILLISECONDS_PER_SECOND,
  SECONDS_PER_DAY,
  toIso,
} from '../../shared/core/instant.ts';
import { err, ok, type Result } from '../../shared/core/result.ts';
import { logger } from '../../shared/observability/logger.ts';
import {
  type Assessment,
  assessEncryptedEvent,
  assessEvent,
  assessNotification,
  assessScheduledRun,
  assessStreamRange,
  assessStreamRecord,
  assessUnreadable,
  assessWork,
  type OrderState,
} from '../domain/assessment.ts';
import type { ConsumerLogs, DeadLetter, DeadLetters, OrderStates } from './ports.ts';

export type QueueNotFound = { readonly kind: 'queueNotFound' };
export type AssessedMessage = { readonly message: DeadLetter; readonly assessment: Assessment };

/**
 * Retention of a dead-letter queue, counted from the first send of a message. SQS allows no more.
 */
const RETENTION_DAYS = 14;

/**
 * Explains the messages of a queue: why each failed, the current state of its order, and whether to
 * redrive it. Releases all messages afterwards.
 */
export async function explainMessages(
  ports: {
    readonly deadLetters: DeadLetters;
    readonly orders: OrderStates;
    readonly logs: ConsumerLogs;
  },
  input: { readonly queue: string; readonly messagesMax: number; readonly now: Instant },
): Promise<Result<{ items: readonly DeadLetterView[]; hasMore: boolean }, QueueNotFound>> {
  const { queue, messagesMax, now } = input;
  if (ports.deadLetters.kindOf(queue) === undefined) return err({ kind: 'queueNotFound' });
  const received = await ports.deadLetters.receive(queue, messagesMax);
  try {
    const assessed = await assessMessages(ports.orders, received, now);
    const errors = await ports.logs.findErrors(queue, received);
    const items = assessed.map((one) => toDeadLetterView(one, errors.get(one.message.messageId)));
    return ok({ items, hasMore: received.length === messagesMax });
  } finally {
    await releaseMessages(ports.deadLetters, queue, received);
  }
}

/** Makes received messages visible again. If this fails, SQS does it within a minute. */
export async function releaseMessages(
  deadLetters: DeadLetters,
  queue: string,
  messages: readonly DeadLetter[],
): Promise<void> {
  try {
    await deadLetters.release(queue, messages);
  } catch (error) {
    logger.warn('messages not released', { queue, error: String(error) });
  }
}

export async function assessMessages(
  orders: OrderStates,
  messages: readonly DeadLetter[],
  now: Instant,
): Promise<readonly AssessedMessage[]> {
  const orderIds = messages.flatMap(({ content: { orderId } }) =>
    orderId === undefined ? [] : [orderId],
  );
  const states = await orders.getStates([...new Set(orderIds)]);
  return messages.map((message) => ({
    message,
    assessment: assessMessage(message, states, now),
  }));
}

const UNKNOWN_STATE: OrderState = { order: undefined, reservation: undefined };

function assessMessage(
  { sentAt, content: { kind, summary, orderId, oldestChangeAt = sentAt } }: DeadLetter,
  states: ReadonlyMap<string, OrderState>,
  now: Instant,
): Assessment {
  const ageSeconds = (from: Instant): number => (now - from) / MILLISECONDS_PER_SECOND;
  switch (kind) {
    case 'event':
      return assessEvent(summary, orderId, states.get(orderId ?? '') ?? UNKNOWN_STATE);
    case 'streamRange':
      return assessStreamRange(ageSeconds(oldestChangeAt));
    case 'streamRecord':
      return assessStreamRecord();
    case 'work':
      return assessWork(ageSeconds(sentAt), RUN_SECONDS_MAX);
    case 'scheduledRun':
      return assessScheduledRun();
    case 'notification':
      return assessNotification();
    case 'encryptedEvent':
      return assessEncryptedEvent();
    case 'unreadable':
      return assessUnreadable();
  }
}

const UNKNOWN_CAUSE =
  'Unknown: the consumer log has no line about it. The line has expired, or the consumer ended before it wrote one (timeout, memory).';

const toDeadLetterView = (
  { message: { content, ...message }, assessment }: AssessedMessage,
  loggedError: string | undefined,
): DeadLetterView => ({
  messageId: message.messageId,
  summary: content.summary,
  ...(content.eventId === undefined ? {} : { eventId: content.eventId }),
  ...(content.orderId === undefined ? {} : { orderId: content.orderId }),
  sentAt: toIso(message.sentAt),
  expiresAt: toIso(message.sentAt + RETENTION_DAYS * SECONDS_PER_DAY * MILLISECONDS_PER_SECOND),
  cause: loggedError ?? content.error ?? UNKNOWN_CAUSE,
  ...assessment,
});
