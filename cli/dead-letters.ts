import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import Table from 'cli-table3';
import { expected, send } from './client/client.ts';
import type { Where } from './client/where.ts';
import { inParagraphs } from './finding-report.ts';
import { counted } from './reconciliation.ts';

type QueueView = { readonly queue: string; readonly holds: string; readonly messages: number };
type Letter = {
  readonly messageId: string;
  readonly what: string;
  readonly orderId?: string;
  readonly sentAt: string;
  readonly keptUntil: string;
  readonly cause: string;
  readonly meanwhile: string;
  readonly verdict: string;
  readonly advice: string;
};
type Outcome = {
  readonly messageId: string;
  readonly outcome: string;
  readonly what?: string;
  readonly verdict?: string;
  readonly reason?: string;
  readonly body?: string;
};
type Report = { readonly items: readonly Outcome[]; readonly more: boolean };
type Chosen = { readonly ids: readonly string[] | undefined; readonly isDry: boolean };

/** What the API takes at once. */
const MESSAGES_MAX = 50;
/** Rounds that a request may need: none goes on for ever where messages come in as fast. */
const ROUNDS_MAX = 200;
const style = { head: [], border: [], compact: true };

/** Each prints, and answers the exit code: 0 where nothing waits or all was done, else 1. */
export async function list(where: Where): Promise<number> {
  const queues = await queuesOf(where);
  const table = new Table({ head: ['queue', 'holds', 'messages'], style });
  table.push(...queues.map(({ queue, holds, messages }) => [queue, holds, String(messages)]));
  console.log(table.toString());
  const messages = queues.reduce((sum, queue) => sum + queue.messages, 0);
  console.log(`${counted(messages, 'message')} in dead letter queues`);
  return messages === 0 ? 0 : 1;
}

export async function explain(where: Where, queue: string | undefined): Promise<number> {
  const queues =
    queue === undefined
      ? (await queuesOf(where)).flatMap((one) => (one.messages > 0 ? [one.queue] : []))
      : [queue];
  let found = 0;
  for (const one of queues) {
    const { items, more } = await messagesOf(where, one);
    found += items.length;
    console.log(`${one}: ${counted(items.length, 'message')}${more ? ' and more' : ''}`);
    if (items.length > 0) console.log(explained(items, process.stdout.columns));
  }
  if (found === 0) console.log('No dead letters.');
  return found === 0 ? 0 : 1;
}

export async function redrive(
  where: Where,
  queue: string,
  { ids, isDry, verdict }: Chosen & { readonly verdict: string },
): Promise<number> {
  // What is left in the queue is met again: the last word on each message stands.
  const all = new Map<string, Outcome>();
  let isMore = false;
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const path = `/dead-letters/${encodeURIComponent(queue)}/redrive`;
    const body = { dryRun: isDry, ...(ids === undefined ? {} : { messageIds: ids, verdict }) };
    const { items, more } = expected<Report>(
      await send(where, 'POST', path, { body, key: randomUUID() }),
      200,
    );
    for (const outcome of items) all.set(outcome.messageId, outcome);
    isMore = more;
    if (!more || isDry || ids !== undefined || !items.some(({ outcome }) => outcome === 'redriven'))
      break;
  }
  const code = reported([...all.values()]);
  if (isMore) console.log('There are more behind these: redrive or discard these first.');
  return code;
}

export async function discard(
  where: Where,
  queue: string,
  { ids, isDry }: Chosen,
): Promise<number> {
  const all: Outcome[] = [];
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const { chosen, more } = await chosenOf(where, queue, ids, round);
    const outcomes = chosen.length === 0 ? [] : await discarded(where, queue, chosen, isDry);
    all.push(...outcomes);
    // Of all that there are, those that stay would be met again, in each round.
    if (!more || (ids === undefined && !outcomes.some(({ outcome }) => outcome === 'discarded')))
      break;
  }
  return reported(all);
}

/** As many as the API takes at once: of those that are named, or of all that there are. */
async function chosenOf(where: Where, queue: string, ids: Chosen['ids'], round: number) {
  if (ids === undefined) {
    const { items, more } = await messagesOf(where, queue);
    return { chosen: items.map(({ messageId }) => messageId), more };
  }
  const from = round * MESSAGES_MAX;
  return { chosen: ids.slice(from, from + MESSAGES_MAX), more: from + MESSAGES_MAX < ids.length };
}

async function discarded(where: Where, queue: string, chosen: readonly string[], isDry: boolean) {
  const ask = async (dryRun: boolean, messageIds: readonly string[]) =>
    expected<Report>(
      await send(where, 'POST', `/dead-letters/${encodeURIComponent(queue)}/discard`, {
        body: { messageIds, dryRun },
        key: randomUUID(),
      }),
      200,
    ).items;
  const shown = await ask(true, chosen);
  const there = shown.filter(({ body }) => body !== undefined);
  if (isDry || there.length === 0) return shown;
  // Kept before they are gone.
  const file = `discarded-${queue}.jsonl`;
  for (const { messageId, body } of there)
    appendFileSync(file, `${JSON.stringify({ messageId, body })}\n`);
  console.log(`${counted(there.length, 'message')} kept in ${file}`);
  const ids = there.map(({ messageId }) => messageId);
  return [...shown.filter(({ body }) => body === undefined), ...(await ask(false, ids))];
}

const queuesOf = async (where: Where): Promise<readonly QueueView[]> =>
  expected<{ items: QueueView[] }>(await send(where, 'GET', '/dead-letters'), 200).items;

const messagesOf = async (where: Where, queue: string) =>
  expected<{ items: Letter[]; more: boolean }>(
    await send(where, 'GET', `/dead-letters/${encodeURIComponent(queue)}`),
    200,
  );

function explained(letters: readonly Letter[], width: number | undefined): string {
  const table = new Table({ head: ['#', 'what', 'order', 'sent', 'redriving is'], style });
  table.push(
    ...letters.map(({ what, orderId = '', sentAt, verdict }, index) => [
      String(index + 1),
      what,
      orderId,
      sentAt,
      verdict,
    ]),
  );
  const words = letters.map(({ messageId, cause, meanwhile, advice, keptUntil }, index) =>
    inParagraphs(
      index + 1,
      [`It failed: ${cause}`, meanwhile, advice, `message ${messageId}, kept until ${keptUntil}`],
      width,
    ),
  );
  return [table.toString(), ...words].join('\n');
}

const DONE = ['redriven', 'wouldBeRedriven', 'discarded', 'wouldBeDiscarded'];

function reported(outcomes: readonly Outcome[]): number {
  if (outcomes.length === 0) {
    console.log('No dead letters.');
    return 0;
  }
  const table = new Table({ head: ['message', 'what', 'redriving is', 'outcome', 'why'], style });
  table.push(
    ...outcomes.map(({ messageId, what = '', verdict = '', outcome, reason = '' }) => [
      messageId,
      what,
      verdict,
      outcome,
      reason,
    ]),
  );
  console.log(table.toString());
  const counts = new Map<string, number>();
  for (const { outcome } of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  console.log([...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', '));
  return outcomes.every(({ outcome }) => DONE.includes(outcome)) ? 0 : 1;
}
