import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expected, send } from './client/client.ts';
import type { Where } from './client/where.ts';
import type { Finding } from './finding-report.ts';

const MILLISECONDS_PER_SECOND = 1_000;
const PAGE_SIZE = '100';

/** The parts of a run that are shown. */
export type Run = {
  readonly reconciliationId: string;
  readonly status: string;
  readonly checked: Readonly<Record<string, number>>;
  readonly findings: number;
  readonly repaired: number;
  readonly unsettled: number;
  readonly waitsFor: readonly OpenPart[];
  /** Why it FAILED. */
  readonly failure?: string;
};
/** A part of a run that is not done. */
export type OpenPart = {
  readonly walk: string;
  readonly part: number;
  readonly parts: number;
  readonly pages: number;
  readonly since: string;
  readonly misses: number;
  readonly lastError?: string;
};

/** Asks for a run; `full` reads every movement, also those behind a checkpoint. */
export async function startRun(where: Where, full: boolean): Promise<string> {
  const answer = await send(where, 'POST', '/reconciliations', {
    body: full ? { full } : {},
    key: randomUUID(),
  });
  return expected<{ reconciliationId: string }>(answer, 202).reconciliationId;
}

/** How a run is watched. */
export type Watching = {
  readonly pollMilliseconds: number;
  /** Without a terminal, a line is written at most and at least so often. */
  readonly quietMilliseconds: { readonly min: number; readonly max: number };
  /** A run that makes no progress for so long is watched no longer. */
  readonly idleMilliseconds: number;
  readonly isTerminal: boolean;
  readonly write: (text: string) => void;
};
const WATCHING: Watching = {
  pollMilliseconds: 500,
  quietMilliseconds: { min: 5_000, max: 15_000 },
  idleMilliseconds: 15 * 60 * MILLISECONDS_PER_SECOND,
  isTerminal: process.stderr.isTTY,
  write: (text) => process.stderr.write(text),
};

/**
 * Returns the run once it is over, and writes meanwhile how far it has come and what it waits for. Returns undefined when the signal
 * came first, or when the run made no progress for a long time.
 */
export async function untilOver(
  where: Where,
  id: string,
  signal: AbortSignal,
  watching: Watching = WATCHING,
): Promise<Run | undefined> {
  const { pollMilliseconds, quietMilliseconds, idleMilliseconds, isTerminal, write } = watching;
  let [shown, shownAt] = ['', Number.NEGATIVE_INFINITY];
  let [state, progressAt] = ['', performance.now()];
  while (!signal.aborted) {
    const run = expected<Run>(await send(where, 'GET', `/reconciliations/${id}`), 200);
    const now = performance.now();
    const isOver = run.status !== 'RUNNING';
    const words = isOver ? '' : `${inWords(run)} so far; ${waitsInWords(run, Date.now())}`;
    if (isTerminal) {
      write(`\r${words.padEnd(shown.length)}${isOver ? '\r' : ''}`);
      shown = words;
    } else {
      const quiet = words === shown ? quietMilliseconds.max : quietMilliseconds.min;
      if (!isOver && now - shownAt >= quiet) {
        write(`${new Date().toISOString().slice(11, 19)} ${words}\n`);
        [shown, shownAt] = [words, now];
      }
    }
    if (isOver) return run;
    const reached = progressOf(run);
    if (reached !== state) [state, progressAt] = [reached, now];
    if (now - progressAt >= idleMilliseconds) {
      const minutes = Math.round(idleMilliseconds / MILLISECONDS_PER_SECOND / 60);
      write(
        `${isTerminal ? '\n' : ''}No progress for ${minutes} minutes; ${waitsInWords(run, Date.now())}. `,
      );
      write('See docs/runbook/reconciliation-failed.md.\n');
      return undefined;
    }
    await delay(pollMilliseconds);
  }
  return undefined;
}

/** Changes with each page. An attempt that fails is no progress. */
const progressOf = ({ checked, waitsFor }: Run): string =>
  JSON.stringify([checked, waitsFor.map(({ walk, part, pages }) => [walk, part, pages])]);

const PARTS_SHOWN_MAX = 3;

/** What a run waits for: the parts that failed first, then those that have waited longest. */
export function waitsInWords({ waitsFor }: Pick<Run, 'waitsFor'>, now: number): string {
  if (waitsFor.length === 0)
    return 'waits for its end: repairs that were approved, findings that went away';
  const parts = [...waitsFor].sort((a, b) => b.misses - a.misses || (a.since < b.since ? -1 : 1));
  const others = parts.length - PARTS_SHOWN_MAX;
  const named = parts.slice(0, PARTS_SHOWN_MAX).map((part) => partInWords(part, now));
  return `waits for ${named.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
}

function partInWords(
  { walk, part, parts, pages, since, misses, lastError }: OpenPart,
  now: number,
): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(since)) / MILLISECONDS_PER_SECOND));
  const failed = misses === 0 ? '' : `; failed ${counted(misses, 'time')}: ${lastError}`;
  return `${walk} ${part} of ${parts} (page ${pages + 1}, for ${seconds} s${failed})`;
}

export const inWords = ({ checked, unsettled }: Run): string =>
  [
    ...Object.entries(checked).map(([what, count]) => `${count} ${what}`),
    ...(unsettled > 0 ? [`${unsettled} cells that would not hold still`] : []),
  ].join(', ');

export const counted = (count: number, what: string): string =>
  `${count} ${what}${count === 1 ? '' : 's'}`;

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
