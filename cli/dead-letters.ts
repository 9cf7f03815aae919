import { appendFileSync } from 'node:fs';
import Table from 'cli-table3';
import { unwrap } from '../client/src/index.ts';
import {
  type DeadLetterOutcome,
  type DeadLetterQueueList,
  type DeadLetterView,
  MESSAGES_PER_REQUEST_MAX,
  type Verdict,
} from '../lambdas/contracts/api/dead-letters.ts';
import { TABLE_STYLE } from '../local/terminal/table.ts';
import { connect } from './client/api-client.ts';
import type { Connection } from './client/connection.ts';
import { EXIT_CODES, type ExitCode } from './run-command.ts';
import { formatNumbered, pluralize } from './text.ts';

type MessageSelection = { readonly ids: readonly string[] | undefined; readonly isDryRun: boolean };

/**
 * Maximum number of requests of one command. It ends even when messages arrive as fast as it
 * handles them.
 */
const ROUNDS_MAX = 200;

/** Prints every queue and its number of messages. */
export async function listQueues(where: Connection): Promise<ExitCode> {
  const queues = await fetchQueues(where);
  const table = new Table({ head: ['queue', 'contents', 'messages'], style: TABLE_STYLE });
  table.push(...queues.map(({ queue, contents, messages }) => [queue, contents, String(messages)]));
  console.log(table.toString());
  const messages = queues.reduce((sum, queue) => sum + queue.messages, 0);
  console.log(`${pluralize(messages, 'message')} in dead letter queues`);
  return messages === 0 ? EXIT_CODES.done : EXIT_CODES.open;
}

export async function explainMessages(
  where: Connection,
  queue: string | undefined,
): Promise<ExitCode> {
  const queues =
    queue === undefined
      ? (await fetchQueues(where)).flatMap((one) => (one.messages > 0 ? [one.queue] : []))
      : [queue];
  let found = 0;
  for (const one of queues) {
    const { items, hasMore } = await fetchMessages(where, one);
    found += items.length;
    console.log(`${one}: ${pluralize(items.length, 'message')}${hasMore ? ' and more' : ''}`);
    if (items.length > 0) console.log(formatDeadLetters(items, process.stdout.columns));
  }
  if (found === 0) console.log('No dead letters.');
  return found === 0 ? EXIT_CODES.done : EXIT_CODES.open;
}

export async function redriveMessages(
  where: Connection,
  queue: string,
  { ids, isDryRun, verdict }: MessageSelection & { readonly verdict: Verdict },
): Promise<ExitCode> {
  // A message that stays in the queue appears in every page: its last outcome counts.
  const outcomes = new Map<string, DeadLetterOutcome>();
  let hasMore = false;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const page = unwrap(
      await connect(where).POST('/dead-letters/{queue}/redrive', {
        params: { path: { queue } },
        body: { dryRun: isDryRun, ...(ids === undefined ? {} : { messageIds: [...ids], verdict }) },
      }),
    );
    for (const outcome of page.items) outcomes.set(outcome.messageId, outcome);
    hasMore = page.hasMore;
    if (
      !page.hasMore ||
      isDryRun ||
      ids !== undefined ||
      !page.items.some(({ outcome }) => outcome === 'redriven')
    )
      break;
  }
  const code = printOutcomes([...outcomes.values()]);
  if (hasMore) console.log('More messages follow. Redrive or discard these first.');
  return code;
}

export async function discardMessages(
  where: Connection,
  queue: string,
  { ids, isDryRun }: MessageSelection,
): Promise<ExitCode> {
  const allOutcomes: DeadLetterOutcome[] = [];
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const { chosen, hasMore } = await selectMessages(where, queue, ids, round);
    const outcomes = chosen.length === 0 ? [] : await discardBatch(where, queue, chosen, isDryRun);
    allOutcomes.push(...outcomes);
    // Messages that were not discarded would appear again in every further page.
    if (!hasMore || (ids === undefined && !outcomes.some(({ outcome }) => outcome === 'discarded')))
      break;
  }
  return printOutcomes(allOutcomes);
}

/** Selects the messages of the next request: of the ids that are named, or of the whole queue. */
async function selectMessages(
  where: Connection,
  queue: string,
  ids: MessageSelection['ids'],
  round: number,
) {
  if (ids === undefined) {
    const { items, hasMore } = await fetchMessages(where, queue);
    return { chosen: items.map(({ messageId }) => messageId), hasMore };
  }
  const from = round * MESSAGES_PER_REQUEST_MAX;
  return {
    chosen: ids.slice(from, from + MESSAGES_PER_REQUEST_MAX),
    hasMore: from + MESSAGES_PER_REQUEST_MAX < ids.length,
  };
}

async function discardBatch(
  where: Connection,
  queue: string,
  selected: readonly string[],
  isDryRun: boolean,
) {
  const request = async (dryRun: boolean, messageIds: readonly string[]) =>
    unwrap(
      await connect(where).POST('/dead-letters/{queue}/discard', {
        params: { path: { queue } },
        body: { messageIds: [...messageIds], dryRun },
      }),
    ).items;
  const preview = await request(true, selected);
  const found = preview.filter(({ body }) => body !== undefined);
  if (isDryRun || found.length === 0) return preview;
  // The file is written before the messages are deleted.
  const file = `discarded-${queue}.jsonl`;
  for (const { messageId, body } of found)
    appendFileSync(file, `${JSON.stringify({ messageId, body })}\n`);
  console.log(`${pluralize(found.length, 'message')} saved in ${file}`);
  const ids = found.map(({ messageId }) => messageId);
  return [...preview.filter(({ body }) => body === undefined), ...(await request(false, ids))];
}

const fetchQueues = async (where: Connection): Promise<DeadLetterQueueList['items']> =>
  unwrap(await connect(where).GET('/dead-letters')).items;

const fetchMessages = async (where: Connection, queue: string) =>
  unwrap(await connect(where).GET('/dead-letters/{queue}', { params: { path: { queue } } }));

function formatDeadLetters(messages: readonly DeadLetterView[], width: number | undefined): string {
  const table = new Table({
    head: ['#', 'what', 'order', 'sent', 'redriving is'],
    style: TABLE_STYLE,
  });
  table.push(
    ...messages.map(({ summary, orderId = '', sentAt, verdict }, index) => [
      String(index + 1),
      summary,
      orderId,
      sentAt,
      verdict,
    ]),
  );
  const paragraphs = messages.map(({ messageId, cause, currentState, advice, expiresAt }, index) =>
    formatNumbered(
      index + 1,
      [
        `It failed: ${cause}`,
        currentState,
        advice,
        `message ${messageId}, kept until ${expiresAt}`,
      ],
      width,
    ),
  );
  return [table.toString(), ...paragraphs].join('\n');
}

const SUCCESS_OUTCOMES = ['redriven', 'wouldBeRedriven', 'discarded', 'wouldBeDiscarded'];

function printOutcomes(outcomes: readonly DeadLetterOutcome[]): ExitCode {
  if (outcomes.length === 0) {
    console.log('No dead letters.');
    return EXIT_CODES.done;
  }
  const table = new Table({
    head: ['message', 'what', 'redriving is', 'outcome', 'why'],
    style: TABLE_STYLE,
  });
  table.push(
    ...outcomes.map(({ messageId, summary = '', verdict = '', outcome, reason = '' }) => [
      messageId,
      summary,
      verdict,
      outcome,
      reason,
    ]),
  );
  console.log(table.toString());
  const counts = new Map<string, number>();
  for (const { outcome } of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  console.log([...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', '));
  return outcomes.every(({ outcome }) => SUCCESS_OUTCOMES.includes(outcome))
    ? EXIT_CODES.done
    : EXIT_CODES.open;
}
