import type { DeadLetterOutcome } from '../../contracts/api/dead-letters.ts';
import { err, type Result } from '../../shared/core/result.ts';
import { logger } from '../../shared/observability/logger.ts';
import type { QueueNotFound } from './explain-messages.ts';
import type { DeadLetters } from './ports.ts';
import {
  type ProcessInput,
  type ProcessReport,
  processMessages,
  toFailedOutcome,
} from './process-messages.ts';

/** Deletes messages and returns their contents, which are stored nowhere else. */
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
