import type {
  DeadLetterKind,
  DeadLetterOutcome,
  Verdict,
} from '../../contracts/dead-letters-api.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { accepted, type Result, refused } from '../../shared/core/result.ts';
import { log } from '../../shared/observability/logger.ts';
import { type Judged, judgeLetters, type NoSuchQueue, putBack } from './explain-letters.ts';
import type { DeadLetters, Letter, OrderStates, Redrives } from './ports.ts';

export type Report = { readonly items: readonly DeadLetterOutcome[]; readonly more: boolean };
type Asked = {
  readonly queue: string;
  readonly messageIds?: readonly string[] | undefined;
  readonly dryRun?: boolean | undefined;
  readonly lettersMax: number;
  readonly by: string;
};
type RedrivePorts = {
  readonly letters: DeadLetters;
  readonly orders: OrderStates;
  readonly redrives: Redrives;
  readonly clock: () => Instant;
};

/** Why messages of a kind are never redriven. */
const NOT_SENT_AGAIN: { readonly [Kind in DeadLetterKind]?: string } = {
  notice: 'a notice is not sent again',
  bus: 'an event of this queue is encrypted: run npm run reconcile -- --full, then discard it',
};
/** No further message is taken in hand after so long: the request has to end within 29 seconds. */
const WORK_MILLISECONDS_MAX = 15_000;
/** A queue gives its messages in no order: those that are named are looked for among so many. */
const LOOKED_THROUGH_MAX = 500;

/**
 * Sends messages on their way again, then removes them: a message is at no moment nowhere, and one that is sent twice is borne by
 * every consumer. Without ids, what is superseded or unreadable is left.
 */
export async function redriveLetters(
  { letters, orders, redrives, clock }: RedrivePorts,
  {
    queue,
    messageIds,
    verdict,
    dryRun = false,
    lettersMax,
    by,
  }: Asked & { readonly verdict: Verdict },
): Promise<Result<Report, NoSuchQueue>> {
  const kind = letters.kindOf(queue);
  if (kind === undefined) return refused({ kind: 'noSuchQueue' });
  const startedAt = clock();
  const redriven = async (one: Judged): Promise<DeadLetterOutcome> => {
    const told = {
      messageId: one.letter.messageId,
      what: one.letter.content.what,
      verdict: one.judgement.verdict,
    };
    const skipped = messageIds === undefined ? reasonToLeave(one) : reasonToAskAgain(one, verdict);
    if (skipped !== undefined) return { ...told, outcome: 'skipped', reason: skipped };
    const final = NOT_SENT_AGAIN[kind];
    if (final !== undefined) return { ...told, outcome: 'skipped', reason: final };
    if (dryRun) return { ...told, outcome: 'wouldBeRedriven' };
    if (clock() - startedAt > WORK_MILLISECONDS_MAX)
      return { ...told, outcome: 'skipped', reason: 'no time was left: ask again' };
    try {
      await redrives.redrive(queue, one.letter);
      await letters.remove(queue, one.letter);
    } catch (fault) {
      return failed(told, fault, { queue, by });
    }
    log.info('redriven', { queue, by, messageId: told.messageId, verdict: told.verdict });
    return { ...told, outcome: 'redriven' };
  };

  return treat(letters, { queue, messageIds, lettersMax }, async (chosen) => {
    const outcomes: DeadLetterOutcome[] = [];
    for (const one of await judgeLetters(orders, chosen, startedAt))
      outcomes.push(await redriven(one));
    return outcomes;
  });
}

function reasonToLeave({ letter: { content }, judgement }: Judged): string | undefined {
  if (judgement.verdict === 'superseded') return judgement.meanwhile;
  return content.about === 'unreadable' ? `it would come back: ${content.fault}` : undefined;
}

/** A person named the message for what they saw of it: what has become of its order since may say otherwise. */
const reasonToAskAgain = ({ judgement }: Judged, seen: Verdict): string | undefined =>
  judgement.verdict === seen
    ? undefined
    : `redriving it is ${judgement.verdict}, not ${seen}: ${judgement.meanwhile}`;

/** Throws messages away, and gives back what they were: nothing else has it any more. */
export async function discardLetters(
  letters: DeadLetters,
  { queue, messageIds, dryRun = false, lettersMax, by }: Asked,
): Promise<Result<Report, NoSuchQueue>> {
  if (letters.kindOf(queue) === undefined) return refused({ kind: 'noSuchQueue' });
  return treat(letters, { queue, messageIds, lettersMax }, async (chosen) => {
    const outcomes: DeadLetterOutcome[] = [];
    for (const letter of chosen) {
      const { messageId, body, content } = letter;
      const told = { messageId, what: content.what };
      if (dryRun) {
        outcomes.push({ ...told, body, outcome: 'wouldBeDiscarded' });
        continue;
      }
      try {
        await letters.remove(queue, letter);
      } catch (fault) {
        outcomes.push(failed(told, fault, { queue, by }));
        continue;
      }
      log.info('discarded', { queue, messageId, by });
      outcomes.push({ ...told, body, outcome: 'discarded' });
    }
    return outcomes;
  });
}

function failed(
  told: Pick<DeadLetterOutcome, 'messageId' | 'what' | 'verdict'>,
  fault: unknown,
  asked: { readonly queue: string; readonly by: string },
): DeadLetterOutcome {
  log.error('message was not treated', fault, { ...asked, messageId: told.messageId });
  return {
    ...told,
    outcome: 'failed',
    reason: fault instanceof Error ? fault.message : String(fault),
  };
}

const GONE: ReadonlySet<DeadLetterOutcome['outcome']> = new Set(['redriven', 'discarded']);

/** Takes what was asked for in hand, and gives back what stays. */
async function treat(
  letters: DeadLetters,
  { queue, messageIds, lettersMax }: Pick<Asked, 'queue' | 'messageIds' | 'lettersMax'>,
  each: (chosen: readonly Letter[]) => Promise<readonly DeadLetterOutcome[]>,
): Promise<Result<Report, never>> {
  const takenMax = messageIds === undefined ? lettersMax : LOOKED_THROUGH_MAX;
  const taken = await letters.take(queue, takenMax);
  let outcomes: readonly DeadLetterOutcome[] = [];
  try {
    const wanted = messageIds === undefined ? undefined : new Set(messageIds);
    outcomes = await each(taken.filter(({ messageId }) => wanted?.has(messageId) ?? true));
    const found = new Set(taken.map(({ messageId }) => messageId));
    const missing = (messageIds ?? []).filter((messageId) => !found.has(messageId));
    return accepted({
      items: [
        ...outcomes,
        ...missing.map((messageId) => ({ messageId, outcome: 'notFound' as const })),
      ],
      more: taken.length === takenMax,
    });
  } finally {
    const gone = new Set(
      outcomes.filter(({ outcome }) => GONE.has(outcome)).map(({ messageId }) => messageId),
    );
    await putBack(
      letters,
      queue,
      taken.filter(({ messageId }) => !gone.has(messageId)),
    );
  }
}
