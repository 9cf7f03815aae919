import type {
  DeadLetterKind,
  DeadLetterOutcome,
  Verdict,
} from '../../contracts/api/dead-letters.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { err, type Result } from '../../shared/core/result.ts';
import { logger } from '../../shared/observability/logger.ts';
import { type AssessedMessage, assessMessages, type QueueNotFound } from './explain-messages.ts';
import type { DeadLetters, OrderStates, Redriver } from './ports.ts';
import {
  type ProcessInput,
  type ProcessReport,
  processMessages,
  toFailedOutcome,
} from './process-messages.ts';

type RedrivePorts = {
  readonly deadLetters: DeadLetters;
  readonly orders: OrderStates;
  readonly redriver: Redriver;
  readonly clock: () => Instant;
};

/** Reasons why messages of a kind are never redriven. */
const NOT_REDRIVABLE_REASONS: { readonly [Kind in DeadLetterKind]?: string } = {
  notification: 'a notification is not redriven',
  bus: 'its event is encrypted: run npm run stockbook -- reconcile --full, then discard it',
};
/** Time after which no further message is redriven: the request must end within 29 seconds. */
const WORK_MILLISECONDS_MAX = 15_000;
/**
 * Sends messages to their consumers again, then deletes them. This order loses no message; every
 * consumer tolerates duplicates. Without ids, superseded and unreadable messages stay.
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
      return {
        ...identity,
        outcome: 'skipped',
        reason: 'no time was left: send the request again',
      };
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
  return content.kind === 'unreadable' ? `it would fail again: ${content.error}` : undefined;
}

/** Returns a reason if the verdict differs from the one that the person read. */
const verdictMismatchReasonOf = (
  { assessment }: AssessedMessage,
  expectedVerdict: Verdict,
): string | undefined =>
  assessment.verdict === expectedVerdict
    ? undefined
    : `redriving it is ${assessment.verdict}, not ${expectedVerdict}: ${assessment.currentState}`;
