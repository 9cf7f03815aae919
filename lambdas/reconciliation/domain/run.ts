import type { ScanTarget } from '../../contracts/api/reconciliation.ts';
import { defined } from '../../shared/core/defined.ts';
import { type Instant, toIso } from '../../shared/core/instant.ts';
import { nextVersion } from '../../shared/core/next-version.ts';

/** Actor of what a run does without a person. */
export const RECONCILER = 'reconciler';

export type RunStatus = 'RUNNING' | 'COMPLETED' | 'FAILED';
export type CheckedRecords = {
  readonly cells: number;
  readonly reservations: number;
  readonly orders: number;
  readonly payments: number;
};

export type Run = {
  readonly reconciliationId: string;
  readonly status: RunStatus;
  /** True if each cell is audited from its first movement, not from its last checkpoint. */
  readonly full: boolean;
  readonly segments: number;
  readonly by: string;
  readonly fingerprint: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly finishedAt?: string;
  /** Totals of a finished run. */
  readonly checked: CheckedRecords;
  readonly unsettledCells: number;
  readonly findings: number;
  readonly repaired: number;
  /** Reason of the status FAILED. */
  readonly failure?: string;
  readonly version: number;
  readonly updatedAt: string;
  readonly correlationId: string;
};

/** Progress of one segment of a target. */
export type Segment = {
  readonly reconciliationId: string;
  readonly target: ScanTarget;
  readonly segment: number;
  readonly cursor?: string;
  readonly isDone: boolean;
  /** Pages scanned so far. */
  readonly pages: number;
  readonly checked: CheckedRecords;
  readonly unsettledCells: number;
  /** Failed attempts at the next page, absent once it is scanned. */
  readonly failedAttempts?: FailedAttempts;
  readonly version: number;
  readonly updatedAt: string;
};
export type FailedAttempts = { readonly error: string; readonly count: number };

export const NOTHING_CHECKED: CheckedRecords = {
  cells: 0,
  reservations: 0,
  orders: 0,
  payments: 0,
};

export const addChecked = (a: CheckedRecords, b: CheckedRecords): CheckedRecords => ({
  cells: a.cells + b.cells,
  reservations: a.reservations + b.reservations,
  orders: a.orders + b.orders,
  payments: a.payments + b.payments,
});

type NewRun = Pick<
  Run,
  'reconciliationId' | 'full' | 'segments' | 'by' | 'fingerprint' | 'correlationId'
>;

export const createRun = (run: NewRun, now: Instant): Run => ({
  ...run,
  status: 'RUNNING',
  startedAt: toIso(now),
  checked: NOTHING_CHECKED,
  unsettledCells: 0,
  findings: 0,
  repaired: 0,
  version: 1,
  updatedAt: toIso(now),
});

export type SegmentId = Pick<Segment, 'reconciliationId' | 'target' | 'segment'>;

export const createSegment = (id: SegmentId, now: Instant): Segment => ({
  ...id,
  isDone: false,
  pages: 0,
  checked: NOTHING_CHECKED,
  unsettledCells: 0,
  version: 0,
  updatedAt: toIso(now),
});

export type PageCounts = {
  readonly cursor?: string | undefined;
  readonly checked: CheckedRecords;
  readonly unsettledCells: number;
};

/** Returns the segment after one more page. */
export function advanceSegment(
  { cursor: _before, failedAttempts: _failed, ...segment }: Segment,
  page: PageCounts,
  now: Instant,
): Segment {
  return nextVersion(
    {
      ...segment,
      ...defined({ cursor: page.cursor }),
      isDone: page.cursor === undefined,
      pages: segment.pages + 1,
      checked: addChecked(segment.checked, page.checked),
      unsettledCells: segment.unsettledCells + page.unsettledCells,
    },
    now,
  );
}

/** Attempts at one page, or at the conclusion of a run, before it fails: about half an hour. */
export const ATTEMPTS_MAX = 30;
/** Delay of the next attempt in seconds, by failed attempts. The last value repeats. */
const RETRY_SECONDS = [2, 8, 30, 60] as const;

/** Returns the segment after a failed attempt. */
export const recordFailedAttempt = (segment: Segment, error: string, now: Instant): Segment =>
  nextVersion(
    { ...segment, failedAttempts: { error, count: (segment.failedAttempts?.count ?? 0) + 1 } },
    now,
  );

export const retryDelaySeconds = ({ count }: FailedAttempts): number =>
  RETRY_SECONDS[Math.min(count, RETRY_SECONDS.length) - 1] ?? 0;

export type RunOutcome = { readonly findings: number; readonly repaired: number };

export function completeRun(
  run: Run,
  segments: readonly Segment[],
  outcome: RunOutcome,
  now: Instant,
): Run {
  return nextVersion(
    {
      ...run,
      ...outcome,
      status: 'COMPLETED',
      finishedAt: toIso(now),
      checked: sumChecked(segments),
      unsettledCells: segments.reduce((cells, segment) => cells + segment.unsettledCells, 0),
    },
    now,
  );
}

export const failRun = (
  run: Run,
  segments: readonly Segment[],
  reason: string,
  now: Instant,
): Run => ({
  ...completeRun(run, segments, { findings: run.findings, repaired: run.repaired }, now),
  status: 'FAILED',
  failure: reason,
});

export const sumChecked = (segments: readonly Segment[]): CheckedRecords =>
  segments.reduce((sum, { checked }) => addChecked(sum, checked), NOTHING_CHECKED);

/** A run with the segments of a run under way, and the number of its findings so far. */
export type RunDetails = {
  readonly run: Run;
  readonly segments: readonly Segment[];
  readonly findings: number;
};
