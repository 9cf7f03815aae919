import { type Instant, toIso } from '../../shared/instant.ts';

/** What is walked: each context's records in several segments, `records` being reconciliation's own; the queues as one. */
export type Walk = 'orders' | 'payments' | 'queues' | 'records' | 'cells';

/** Reservations whose units may have moved without a trace are met among the orders, and cells are audited with them: so these come after. */
const PHASES: readonly (readonly Walk[])[] = [['orders', 'payments', 'queues', 'records'], ['cells']];

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
  readonly checked: Checked;
  readonly unsettled: number;
  readonly version: number;
  readonly updatedAt: string;
};

export const NOTHING_CHECKED: Checked = { cells: 0, reservations: 0, orders: 0, payments: 0 };

export const sumOf = (a: Checked, b: Checked): Checked => ({
  cells: a.cells + b.cells,
  reservations: a.reservations + b.reservations,
  orders: a.orders + b.orders,
  payments: a.payments + b.payments,
});

type NewRun = Pick<Run, 'reconciliationId' | 'full' | 'segments' | 'by' | 'fingerprint' | 'correlationId'>;

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
export function openParts({ reconciliationId, segments }: Run, known: readonly Segment[]): readonly Part[] {
  const done = new Set(known.filter(({ isDone }) => isDone).map(({ walk, segment }) => `${walk} ${segment}`));
  for (const walks of PHASES) {
    const parts = walks.flatMap((walk) =>
      Array.from({ length: walk === 'queues' ? 1 : segments }, (_, segment) => ({
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

export const newSegment = (part: Part, now: Instant): Segment => ({
  ...part,
  isDone: false,
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

/** The segment after one more page. */
export function walked({ cursor: _before, ...segment }: Segment, page: WalkedPage, now: Instant): Segment {
  return {
    ...segment,
    ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
    isDone: page.cursor === undefined,
    checked: sumOf(segment.checked, page.checked),
    unsettled: segment.unsettled + page.unsettled,
    version: segment.version + 1,
    updatedAt: toIso(now),
  };
}

export type Outcome = { readonly findings: number; readonly repaired: number };

export function completed(run: Run, segments: readonly Segment[], outcome: Outcome, now: Instant): Run {
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

export const failed = (run: Run, segments: readonly Segment[], now: Instant): Run => ({
  ...completed(run, segments, { findings: run.findings, repaired: run.repaired }, now),
  status: 'FAILED',
});

export const checkedBy = (segments: readonly Segment[]): Checked =>
  segments.reduce((sum, { checked }) => sumOf(sum, checked), NOTHING_CHECKED);
