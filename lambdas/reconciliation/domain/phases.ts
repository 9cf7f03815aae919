import type { ScanTarget } from '../../contracts/api/reconciliation.ts';
import type { Run, Segment, SegmentId } from './run.ts';

/**
 * Targets in the order in which a run scans them. Orders come before cells: the reservations of
 * orders show which cells may have lost movements, and these are audited with their reservations.
 */
const PHASES: readonly (readonly ScanTarget[])[] = [
  ['orders', 'payments', 'queues', 'records'],
  ['suspectCells', 'cells'],
];

/** Targets that are one segment, because they are small. */
const UNSEGMENTED_TARGETS: ReadonlySet<ScanTarget> = new Set(['queues', 'suspectCells']);

/** Returns the number of segments of a target in a run of `segments` segments. */
export const segmentCountOf = (target: ScanTarget, segments: number): number =>
  UNSEGMENTED_TARGETS.has(target) ? 1 : segments;

/** Returns the segments to scan now: those of the first unfinished phase that are not done. */
export function pendingSegmentsOf(
  { reconciliationId, segments }: Run,
  stored: readonly Segment[],
): readonly SegmentId[] {
  const done = new Set(
    stored.filter(({ isDone }) => isDone).map(({ target, segment }) => `${target} ${segment}`),
  );
  for (const targets of PHASES) {
    const segmentIds = targets.flatMap((target) =>
      Array.from({ length: segmentCountOf(target, segments) }, (_, segment) => ({
        reconciliationId,
        target,
        segment,
      })),
    );
    const pending = segmentIds.filter(({ target, segment }) => !done.has(`${target} ${segment}`));
    if (pending.length > 0) return pending;
  }
  return [];
}

/**
 * True if all pending segments belong to a later phase than the finished one: they are not sent
 * yet.
 */
export function isNextPhase(finished: SegmentId, pending: readonly SegmentId[]): boolean {
  const phase = PHASES.findIndex((targets) => targets.includes(finished.target));
  return pending.every(
    ({ target }) => PHASES.findIndex((targets) => targets.includes(target)) > phase,
  );
}
