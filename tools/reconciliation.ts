import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expected, send } from './client.ts';
import type { Finding } from './finding-report.ts';
import type { Where } from './where.ts';

const POLL_MILLISECONDS = 500;
const PAGE_SIZE = '100';

/** The parts of a run that are shown. */
export type Run = {
  readonly reconciliationId: string;
  readonly status: string;
  readonly checked: Readonly<Record<string, number>>;
  readonly findings: number;
  readonly repaired: number;
  readonly unsettled: number;
};

/** Asks for a run; `full` reads every movement, also those behind a checkpoint. */
export async function startRun(where: Where, full: boolean): Promise<string> {
  const answer = await send(where, 'POST', '/reconciliations', {
    body: full ? { full } : {},
    key: randomUUID(),
  });
  return expected<{ reconciliationId: string }>(answer, 202).reconciliationId;
}

/** The run once it is over, its progress told on a terminal meanwhile; undefined when the signal came first. */
export async function untilOver(where: Where, id: string, signal: AbortSignal): Promise<Run | undefined> {
  let shown = '';
  while (!signal.aborted) {
    const run = expected<Run>(await send(where, 'GET', `/reconciliations/${id}`), 200);
    const words = `${inWords(run)} so far`;
    if (process.stderr.isTTY) process.stderr.write(`\r${words.padEnd(shown.length)}`);
    shown = words;
    if (run.status !== 'RUNNING') {
      if (process.stderr.isTTY) process.stderr.write(`\r${' '.repeat(shown.length)}\r`);
      return run;
    }
    await delay(POLL_MILLISECONDS);
  }
  return undefined;
}

export const inWords = ({ checked, unsettled }: Run): string =>
  [
    ...Object.entries(checked).map(([what, count]) => `${count} ${what}`),
    ...(unsettled > 0 ? [`${unsettled} cells that would not hold still`] : []),
  ].join(', ');

export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

export async function openFindings(where: Where): Promise<readonly Finding[]> {
  const all: Finding[] = [];
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({
      status: 'open',
      limit: PAGE_SIZE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    const page = expected<{ items: Finding[]; cursor?: string }>(
      await send(where, 'GET', `/findings?${query}`),
      200,
    );
    all.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return all;
}
