import type {
  DeadLetterKind,
  DeadLetterOutcome,
  Verdict,
} from '../../contracts/dead-letters-api.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { err, ok, type Result } from '../../shared/core/result.ts';
import { logger } from '../../shared/observability/logger.ts';
import {
  type AssessedMessage,
  assessMessages,
  type QueueNotFound,
  releaseMessages,
} from './explain-messages.ts';
import type { DeadLetter, DeadLetters, OrderStates, Redriver } from './ports.ts';

export type ProcessReport = {
  readonly items: readonly DeadLetterOutcome[];
  readonly hasMore: boolean;
};
type ProcessInput = {
  readonly queue: string;
  readonly messageIds?: readonly string[] | undefined;
  readonly dryRun?: boolean | undefined;
  readonly messagesMax: number;
  readonly by: string;
};
type RedrivePorts = {
  readonly deadLetters: DeadLetters;
  readonly orders: OrderStates;
  readonly redriver: Redriver;
  readonly clock: () => Instant;
};

/** Why messages of a kind are never redriven. */
const NOT_REDRIVABLE_REASONS: { readonly [Kind in DeadLetterKind]?: string } = {
  notification: 'a notification is not redriven',
  bus: 'an event of this queue is encrypted: run npm run stockbook -- reconcile --full, then discard it',
};
/** No further message is taken in hand after so long: the request has to end within 29 seconds. */
const WORK_MILLISECONDS_MAX = 15_000;
/** A queue gives its messages in no order: those that are named are looked for among so many. */
const SEARCHED_MESSAGES_MAX = 500;

/**
 * Sends messages on their way again, then removes them: a message is at no moment nowhere, and one that is sent twice is borne by
 * every consumer. Without ids, what is superseded or unreadable is left.
 */
export async function redriveMessages(
  { deadLetters, orders, redriver, clock }: RedrivePorts,
  {
    queue,
    messageIds,
    verdict,
    dryRun = false,
    messagesMax,
    by,
  }: ProcessInput & { readonly verdict: Verdict },
): Promise<Result<ProcessReport, QueueNotFound>> {
  const kind = deadLetters.kindOf(queue);
  if (kind === undefined) return err({ kind: 'queueNotFound' });
  const startedAt = clock();
  const redriveOne = async (one: AssessedMessage): Promise<DeadLetterOutcome> => {
    const identity = {
      messageId: one.message.messageId,
      summary: one.message.content.summary,
      verdict: one.assessment.verdict,
    };
    const skipReason =
      messageIds === undefined ? skipReasonOf(one) : verdictMismatchReasonOf(one, verdict);
    if (skipReason !== undefined) return { ...identity, outcome: 'skipped', reason: skipReason };
    const notRedrivableReason = NOT_REDRIVABLE_REASONS[kind];
    if (notRedrivableReason !== undefined)
      return { ...identity, outcome: 'skipped', reason: notRedrivableReason };
    if (dryRun) return { ...identity, outcome: 'wouldBeRedriven' };
    if (clock() - startedAt > WORK_MILLISECONDS_MAX)
      return { ...identity, outcome: 'skipped', reason: 'no time was left: ask again' };
    try {
      await redriver.redrive(queue, one.message);
      await deadLetters.delete(queue, one.message);
    } catch (error) {
      return toFailedOutcome(identity, error, { queue, by });
    }
    logger.info('message redriven', {
      queue,
      by,
      messageId: identity.messageId,
      verdict: identity.verdict,
    });
    return { ...identity, outcome: 'redriven' };
  };

  return processMessages(deadLetters, { queue, messageIds, messagesMax }, async (chosen) => {
    const outcomes: DeadLetterOutcome[] = [];
    for (const one of await assessMessages(orders, chosen, startedAt))
      outcomes.push(await redriveOne(one));
    return outcomes;
  });
}

function skipReasonOf({ message: { content }, assessment }: AssessedMessage): string | undefined {
  if (assessment.verdict === 'superseded') return assessment.currentState;
  return content.kind === 'unreadable' ? `it would come back: ${content.error}` : undefined;
}

/** A person named the message for what they saw of it: what has become of its order since may say otherwise. */
const verdictMismatchReasonOf = (
  { assessment }: AssessedMessage,
  expectedVerdict: Verdict,
): string | undefined =>
  assessment.verdict === expectedVerdict
    ? undefined
    : `redriving it is ${assessment.verdict}, not ${expectedVerdict}: ${assessment.currentState}`;

/** Throws messages away, and gives back what they were: nothing else has it any more. */
export async function discardMessages(
  deadLetters: DeadLetters,
  { queue, messageIds, dryRun = false, messagesMax, by }: ProcessInput,
): Promise<Result<ProcessReport, QueueNotFound>> {
  if (deadLetters.kindOf(queue) === undefined) return err({ kind: 'queueNotFound' });
  return processMessages(deadLetters, { queue, messageIds, messagesMax }, async (chosen) => {
    const outcomes: DeadLetterOutcome[] = [];
    for (const message of chosen) {
      const { messageId, body, content } = message;
      const identity = { messageId, summary: content.summary };
      if (dryRun) {
        outcomes.push({ ...identity, body, outcome: 'wouldBeDiscarded' });
        continue;
      }
      try {
        await deadLetters.delete(queue, message);
      } catch (error) {
        outcomes.push(toFailedOutcome(identity, error, { queue, by }));
        continue;
      }
      logger.info('message discarded', { queue, messageId, by });
      outcomes.push({ ...identity, body, outcome: 'discarded' });
    }
    return outcomes;
  });
}

function toFailedOutcome(
  identity: Pick<DeadLetterOutcome, 'messageId' | 'summary' | 'verdict'>,
  error: unknown,
  request: { readonly queue: string; readonly by: string },
): DeadLetterOutcome {
  logger.error('message not processed', error, { ...request, messageId: identity.messageId });
  return {
    ...identity,
    outcome: 'failed',
    reason: error instanceof Error ? error.message : String(error),
  };
}

const DELETED_OUTCOMES: ReadonlySet<DeadLetterOutcome['outcome']> = new Set([
  'redriven',
  'discarded',
]);

/** Takes what was asked for in hand, and gives back what stays. */
async function processMessages(
  deadLetters: DeadLetters,
  { queue, messageIds, messagesMax }: Pick<ProcessInput, 'queue' | 'messageIds' | 'messagesMax'>,
  handle: (chosen: readonly DeadLetter[]) => Promise<readonly DeadLetterOutcome[]>,
): Promise<Result<ProcessReport, never>> {
  const receivedMax = messageIds === undefined ? messagesMax : SEARCHED_MESSAGES_MAX;
  const received = await deadLetters.receive(queue, receivedMax);
  let outcomes: readonly DeadLetterOutcome[] = [];
  try {
    const requestedIds = messageIds === undefined ? undefined : new Set(messageIds);
    outcomes = await handle(
      received.filter(({ messageId }) => requestedIds?.has(messageId) ?? true),
    );
    const receivedIds = new Set(received.map(({ messageId }) => messageId));
    const missing = (messageIds ?? []).filter((messageId) => !receivedIds.has(messageId));
    return ok({
      items: [
        ...outcomes,
        ...missing.map((messageId) => ({ messageId, outcome: 'notFound' as const })),
      ],
      hasMore: received.length === receivedMax,
    });
  } finally {
    const deletedIds = new Set(
      outcomes
        .filter(({ outcome }) => DELETED_OUTCOMES.has(outcome))
        .map(({ messageId }) => messageId),
    );
    await releaseMessages(
      deadLetters,
      queue,
      received.filter(({ messageId }) => !deletedIds.has(messageId)),
    );
  }
}
