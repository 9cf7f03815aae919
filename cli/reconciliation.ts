import { setTimeout as delay } from 'node:timers/promises';
import { unwrap } from '../client/src/index.ts';
import type {
  FindingView,
  PendingSegmentView,
  ReconciliationView,
} from '../lambdas/contracts/api/reconciliation.ts';
import { connect } from './client/api-client.ts';
import type { Connection } from './client/connection.ts';
import type { FindingStatus } from './finding-report.ts';
import { pluralize } from './text.ts';

const MILLISECONDS_PER_SECOND = 1_000;
const PAGE_SIZE = 100;

/**
 * Starts a reconciliation and returns its id. `full` reads every movement, also those behind a
 * checkpoint.
 */
export async function startRun(where: Connection, full: boolean): Promise<string> {
  const result = await connect(where).POST('/reconciliations', { body: full ? { full } : {} });
  return unwrap(result).reconciliationId;
}

/** Settings of waiting for a reconciliation. */
export type WatchOptions = {
  readonly pollMilliseconds: number;
  /** Shortest and longest time between two lines of progress without a terminal. */
  readonly printMilliseconds: { readonly min: number; readonly max: number };
  /** Time without progress after which the command stops waiting. */
  readonly idleMilliseconds: number;
  readonly isTerminal: boolean;
  readonly write: (text: string) => void;
};
const WATCH_DEFAULTS: WatchOptions = {
  pollMilliseconds: 500,
  printMilliseconds: { min: 5_000, max: 15_000 },
  idleMilliseconds: 15 * 60 * MILLISECONDS_PER_SECOND,
  isTerminal: process.stderr.isTTY,
  write: (text) => process.stderr.write(text),
};

/**
 * Waits for a reconciliation and returns it. Writes its progress and its pending segments
 * meanwhile. Returns undefined when the signal aborts, or after a long time without progress.
 */
export async function waitForCompletion(
  where: Connection,
  id: string,
  signal: AbortSignal,
  options: WatchOptions = WATCH_DEFAULTS,
): Promise<ReconciliationView | undefined> {
  const { pollMilliseconds, printMilliseconds, idleMilliseconds, isTerminal, write } = options;
  const client = connect(where);
  let [shown, shownAt] = ['', Number.NEGATIVE_INFINITY];
  let [state, progressAt] = ['', performance.now()];
  while (!signal.aborted) {
    const run: ReconciliationView = unwrap(
      await client.GET('/reconciliations/{reconciliationId}', {
        params: { path: { reconciliationId: id } },
      }),
    );
    const now = performance.now();
    const isComplete = run.status !== 'RUNNING';
    const progress = isComplete
      ? ''
      : `${describeRun(run)} so far; ${describePending(run, Date.now())}`;
    if (isTerminal) {
      write(`\r${progress.padEnd(shown.length)}${isComplete ? '\r' : ''}`);
      shown = progress;
    } else {
      const quiet = progress === shown ? printMilliseconds.max : printMilliseconds.min;
      if (!isComplete && now - shownAt >= quiet) {
        write(`${new Date().toISOString().slice(11, 19)} ${progress}\n`);
        [shown, shownAt] = [progress, now];
      }
    }
    if (isComplete) return run;
    const reached = progressKeyOf(run);
    if (reached !== state) [state, progressAt] = [reached, now];
    if (now - progressAt >= idleMilliseconds) {
      const minutes = Math.round(idleMilliseconds / MILLISECONDS_PER_SECOND / 60);
      write(
        `${isTerminal ? '\n' : ''}No progress for ${minutes} minutes; ${describePending(run, Date.now())}. `,
      );
      write('See docs/runbook/reconciliation-failed.md.\n');
      return undefined;
    }
    await delay(pollMilliseconds);
  }
  return undefined;
}

/** Returns a text that changes with each page. A failed attempt is not progress. */
const progressKeyOf = ({ checked, pendingSegments }: ReconciliationView): string =>
  JSON.stringify([
    checked,
    pendingSegments.map(({ target, segment, pages }) => [target, segment, pages]),
  ]);

const SEGMENTS_SHOWN_MAX = 3;

/** Describes the pending segments: first those that failed, then those that have waited longest. */
export function describePending(
  { pendingSegments }: Pick<ReconciliationView, 'pendingSegments'>,
  now: number,
): string {
  if (pendingSegments.length === 0)
    return 'waits for the end: approved repairs and findings that may close';
  const segments = [...pendingSegments].sort(
    (a, b) => b.failedAttempts - a.failedAttempts || (a.since < b.since ? -1 : 1),
  );
  const others = segments.length - SEGMENTS_SHOWN_MAX;
  const named = segments
    .slice(0, SEGMENTS_SHOWN_MAX)
    .map((segment) => describeSegment(segment, now));
  return `waits for ${named.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
}

function describeSegment(
  { target, segment, segments, pages, since, failedAttempts, lastError }: PendingSegmentView,
  now: number,
): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(since)) / MILLISECONDS_PER_SECOND));
  const failed =
    failedAttempts === 0 ? '' : `; failed ${pluralize(failedAttempts, 'time')}: ${lastError}`;
  return `${target} ${segment} of ${segments} (page ${pages + 1}, for ${seconds} s${failed})`;
}

export const describeRun = ({ checked, unsettledCells }: ReconciliationView): string =>
  [
    ...Object.entries(checked).map(([kinds, count]) => pluralize(count, kinds.replace(/s$/, ''))),
    ...(unsettledCells > 0
      ? [`${pluralize(unsettledCells, 'cell')} that changed during the audit`]
      : []),
  ].join(', ');

export const listFindings = (
  connection: Connection,
  status: FindingStatus,
): Promise<readonly FindingView[]> =>
  Array.fromAsync(connect(connection).items('/findings', { query: { status, limit: PAGE_SIZE } }));
