import type { DeadLetterView } from '../../contracts/dead-letters-api.ts';
import { RUN_SECONDS_MAX } from '../../contracts/reconciliation-api.ts';
import {
  type Instant,
  MILLISECONDS_PER_SECOND,
  SECONDS_PER_DAY,
  toIso,
} from '../../shared/core/instant.ts';
import { accepted, type Result, refused } from '../../shared/core/result.ts';
import { log } from '../../shared/observability/logger.ts';
import {
  type Judgement,
  judgeChange,
  judgeChanges,
  judgeEncrypted,
  judgeEvent,
  judgeNotice,
  judgeSchedule,
  judgeUnreadable,
  judgeWork,
  type OrderState,
} from '../domain/judgement.ts';
import type { ConsumerLogs, DeadLetters, Letter, OrderStates } from './ports.ts';

export type NoSuchQueue = { readonly kind: 'noSuchQueue' };
export type Judged = { readonly letter: Letter; readonly judgement: Judgement };

/** The longest that SQS keeps a message; each is kept for so long since it was first sent. */
const KEPT_DAYS = 14;

/** What lies in a queue: each message, why it failed, what has become of its order, and whether it should be sent again. */
export async function explainLetters(
  ports: {
    readonly letters: DeadLetters;
    readonly orders: OrderStates;
    readonly logs: ConsumerLogs;
  },
  asked: { readonly queue: string; readonly lettersMax: number; readonly now: Instant },
): Promise<Result<{ items: readonly DeadLetterView[]; more: boolean }, NoSuchQueue>> {
  const { queue, lettersMax, now } = asked;
  if (ports.letters.kindOf(queue) === undefined) return refused({ kind: 'noSuchQueue' });
  const taken = await ports.letters.take(queue, lettersMax);
  try {
    const judged = await judgeLetters(ports.orders, taken, now);
    const faults = await ports.logs.faultsOf(queue, taken);
    const items = judged.map((one) => toView(one, faults.get(one.letter.messageId)));
    return accepted({ items, more: taken.length === lettersMax });
  } finally {
    await putBack(ports.letters, queue, taken);
  }
}

/** Whatever is in hand and stays is given back at once; where that fails, SQS does it within a minute. */
export async function putBack(
  letters: DeadLetters,
  queue: string,
  taken: readonly Letter[],
): Promise<void> {
  try {
    await letters.putBack(queue, taken);
  } catch (fault) {
    log.warn('messages come back later', { queue, error: String(fault) });
  }
}

export async function judgeLetters(
  orders: OrderStates,
  letters: readonly Letter[],
  now: Instant,
): Promise<readonly Judged[]> {
  const orderIds = letters.flatMap(({ content: { orderId } }) =>
    orderId === undefined ? [] : [orderId],
  );
  const states = await orders.of([...new Set(orderIds)]);
  return letters.map((letter) => ({ letter, judgement: judge(letter, states, now) }));
}

const UNKNOWN: OrderState = { order: undefined, reservation: undefined };

function judge(
  { sentAt, content: { about, what, orderId, since = sentAt } }: Letter,
  states: ReadonlyMap<string, OrderState>,
  now: Instant,
): Judgement {
  const ageSeconds = (from: Instant): number => (now - from) / MILLISECONDS_PER_SECOND;
  switch (about) {
    case 'event':
      return judgeEvent(what, orderId, states.get(orderId ?? '') ?? UNKNOWN);
    case 'changes':
      return judgeChanges(ageSeconds(since));
    case 'change':
      return judgeChange();
    case 'work':
      return judgeWork(ageSeconds(sentAt), RUN_SECONDS_MAX);
    case 'run':
      return judgeSchedule();
    case 'notice':
      return judgeNotice();
    case 'encrypted':
      return judgeEncrypted();
    case 'unreadable':
      return judgeUnreadable();
  }
}

const NO_CAUSE =
  'Nothing tells: the log of its consumer has no line of it any more, or the consumer ended before it could write one (timeout, memory).';

const toView = (
  { letter: { content, ...letter }, judgement }: Judged,
  logged: string | undefined,
): DeadLetterView => ({
  messageId: letter.messageId,
  what: content.what,
  ...(content.eventId === undefined ? {} : { eventId: content.eventId }),
  ...(content.orderId === undefined ? {} : { orderId: content.orderId }),
  sentAt: toIso(letter.sentAt),
  keptUntil: toIso(letter.sentAt + KEPT_DAYS * SECONDS_PER_DAY * MILLISECONDS_PER_SECOND),
  cause: logged ?? content.fault ?? NO_CAUSE,
  ...judgement,
});
