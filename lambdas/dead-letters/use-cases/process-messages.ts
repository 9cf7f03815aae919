import type { DeadLetterOutcome } from '../../contracts/api/dead-letters.ts';
import { ok, type Result } from '../../shared/core/result.ts';
import { logger } from '../../shared/observability/logger.ts';
import { releaseMessages } from './explain-messages.ts';
import type { DeadLetter, DeadLetters } from './ports.ts';

export type ProcessReport = {
  readonly items: readonly DeadLetterOutcome[];
  readonly hasMore: boolean;
};
export type ProcessInput = {
  readonly queue: string;
  readonly messageIds?: readonly string[] | undefined;
  readonly dryRun?: boolean | undefined;
  readonly messagesMax: number;
  readonly by: string;
};
/** Maximum number of messages that are searched for named ones: a queue has no order. */
const SEARCHED_MESSAGES_MAX = 500;

const DELETED_OUTCOMES: ReadonlySet<DeadLetterOutcome['outcome']> = new Set([
  'redriven',
  'discarded',
]);

/** Receives the requested messages, handles them and releases those that were not deleted. */
export async function processMessages(
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

export function toFailedOutcome(
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
