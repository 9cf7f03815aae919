import { type Instant, toIso } from '../../shared/core/instant.ts';

/**
 * What is walked: each context's records in several segments, `records` being reconciliation's own. The queues, and the cells in which
 * reservations may have moved units without a trace (`hinted`), are one segment each.
 */
export type Walk = 'orders' | 'payments' | 'queues' | 'records' | 'hinted' | 'cells';
const WHOLE: ReadonlySet<Walk> = new Set(['queues', 'hinted']);

/** Reservations whose units may have moved without a trace are met among the orders, and cells are audited with them: so these come after. */
const PHASES: readonly (readonly Walk[])[] = [
  ['orders', 'payments', 'queues', 'records'],
  ['hinted', 'cells'],
];

export type RunStatus = 'RUNNING' | 'COMPLETED' | 'FAILED';
export type Checked = {
  readonly cells: number;
  readonly reservations: number;
  readonly orders: number;
  readonly payments: number;
};

export type Run = {
  readonly reconciliationId: string;
  readonly status: RunStatus;
  /** Every cell from its first movement. */
  readonly full: boolean;
  readonly segments: number;
  readonly by: string;
  readonly fingerprint: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly finishedAt?: string;
  /** Totals, once it has finished. */
  readonly checked: Checked;
  readonly unsettled: number;
  readonly findings: number;
  readonly repaired: number;
  /** Why it FAILED. */
  readonly failure?: string;
  readonly version: number;
  readonly updatedAt: string;
  readonly correlationId: string;
};

/** How far one segment of a walk has come. */
export type Segment = {
  readonly reconciliationId: string;
  readonly walk: Walk;
  readonly segment: number;
  readonly cursor?: string;
  readonly isDone: boolean;
  /** Pages walked so far. */
  readonly pages: number;
  readonly checked: Checked;
  readonly unsettled: number;
  /** The attempts at the next page that failed; absent once it is walked. */
  readonly miss?: Miss;
  readonly version: number;
  readonly updatedAt: string;
};
export type Miss = { readonly error: string; readonly count: number };

export const NOTHING_CHECKED: Checked = { cells: 0, reservations: 0, orders: 0, payments: 0 };

export const sumOf = (a: Checked, b: Checked): Checked => ({
  cells: a.cells + b.cells,
  reservations: a.reservations + b.reservations,
  orders: a.orders + b.orders,
  payments: a.payments + b.payments,
});

type NewRun = Pick<
  Run,
  'reconciliationId' | 'full' | 'segments' | 'by' | 'fingerprint' | 'correlationId'
>;

export const newRun = (run: NewRun, now: Instant): Run => ({
  ...run,
  status: 'RUNNING',
  startedAt: toIso(now),
  checked: NOTHING_CHECKED,
  unsettled: 0,
  findings: 0,
  repaired: 0,
  version: 1,
  updatedAt: toIso(now),
});

export type Part = Pick<Segment, 'reconciliationId' | 'walk' | 'segment'>;

/** The parts that may be walked now: those of the first phase that is not done; none when all are. */
export function openParts(
  { reconciliationId, segments }: Run,
  known: readonly Segment[],
): readonly Part[] {
  const done = new Set(
    known.filter(({ isDone }) => isDone).map(({ walk, segment }) => `${walk} ${segment}`),
  );
  for (const walks of PHASES) {
    const parts = walks.flatMap((walk) =>
      Array.from({ length: segmentsOf(walk, segments) }, (_, segment) => ({
        reconciliationId,
        walk,
        segment,
      })),
    );
    const open = parts.filter(({ walk, segment }) => !done.has(`${walk} ${segment}`));
    if (open.length > 0) return open;
  }
  return [];
}

/** Segments of a walk in a run that has `segments` of them. */
export const segmentsOf = (walk: Walk, segments: number): number =>
  WHOLE.has(walk) ? 1 : segments;

/** True where the open parts are those of the phase after that of the part that is done: then they have not been sent yet. */
export function isNextPhase(done: Part, open: readonly Part[]): boolean {
  const phase = PHASES.findIndex((walks) => walks.includes(done.walk));
  return open.every(({ walk }) => PHASES.findIndex((walks) => walks.includes(walk)) > phase);
}

export const newSegment = (part: Part, now: Instant): Segment => ({
  ...part,
  isDone: false,
  pages: 0,
  checked: NOTHING_CHECKED,
  unsettled: 0,
  version: 0,
  updatedAt: toIso(now),
});

export type WalkedPage = {
  readonly cursor?: string | undefined;
  readonly checked: Checked;
  readonly unsettled: number;
};

/** Returns the segment after one more page. */
export function walked(
  { cursor: _before, miss: _miss, ...segment }: Segment,
  page: WalkedPage,
  now: Instant,
): Segment {
  return {
    ...segment,
    ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
    isDone: page.cursor === undefined,
    pages: segment.pages + 1,
    checked: sumOf(segment.checked, page.checked),
    unsettled: segment.unsettled + page.unsettled,
    version: segment.version + 1,
    updatedAt: toIso(now),
  };
}

/** Attempts at one page, or at the end of a run, after which the run fails: about half an hour. */
export const MISSES_MAX = 30;
/** Seconds until the next attempt, by the attempts that failed; the last one for all that follow. */
const RETRY_SECONDS = [2, 8, 30, 60] as const;

/** Returns the segment after an attempt that failed. */
export const missed = (segment: Segment, error: string, now: Instant): Segment => ({
  ...segment,
  miss: { error, count: (segment.miss?.count ?? 0) + 1 },
  version: segment.version + 1,
  updatedAt: toIso(now),
});

export const retrySecondsAfter = ({ count }: Miss): number =>
  RETRY_SECONDS[Math.min(count, RETRY_SECONDS.length) - 1] ?? 0;

export type Outcome = { readonly findings: number; readonly repaired: number };

export function completed(
  run: Run,
  segments: readonly Segment[],
  outcome: Outcome,
  now: Instant,
): Run {
  return {
    ...run,
    ...outcome,
    status: 'COMPLETED',
    finishedAt: toIso(now),
    checked: checkedBy(segments),
    unsettled: segments.reduce((cells, segment) => cells + segment.unsettled, 0),
    version: run.version + 1,
    updatedAt: toIso(now),
  };
}

export const failed = (
  run: Run,
  segments: readonly Segment[],
  failure: string,
  now: Instant,
): Run => ({
  ...completed(run, segments, { findings: run.findings, repaired: run.repaired }, now),
  status: 'FAILED',
  failure,
});

export const checkedBy = (segments: readonly Segment[]): Checked =>
  segments.reduce((sum, { checked }) => sumOf(sum, checked), NOTHING_CHECKED);
