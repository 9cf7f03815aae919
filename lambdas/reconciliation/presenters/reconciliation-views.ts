import type {
  CountView,
  FindingView,
  PendingSegmentView,
  ReconciliationView,
} from '../../contracts/reconciliation-api.ts';
import type { CountOutcome } from '../domain/count.ts';
import type { Approval, Finding } from '../domain/finding.ts';
import { pendingSegmentsOf, segmentCountOf } from '../domain/phases.ts';
import { type Run, type Segment, type SegmentId, sumChecked } from '../domain/run.ts';
import type { RunShown } from '../use-cases/read-runs.ts';

/** A run that is under way shows what its parts have checked so far, and the findings that it met. */
export const toRunView = ({ run, segments, findings }: RunShown): ReconciliationView => {
  const isOver = run.status !== 'RUNNING';
  const unsettledCells = segments.reduce((cells, segment) => cells + segment.unsettledCells, 0);
  return {
    reconciliationId: run.reconciliationId,
    status: run.status,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt ?? null,
    checked: isOver ? run.checked : sumChecked(segments),
    unsettledCells: isOver ? run.unsettledCells : unsettledCells,
    findings: isOver ? run.findings : findings,
    repaired: run.repaired,
    pendingSegments: isOver
      ? []
      : pendingSegmentsOf(run, segments).map((part) => toPendingSegmentView(run, part, segments)),
    ...(run.failure === undefined ? {} : { failure: run.failure }),
  };
};

function toPendingSegmentView(
  run: Run,
  { target, segment }: SegmentId,
  segments: readonly Segment[],
): PendingSegmentView {
  const stored = segments.find((one) => one.target === target && one.segment === segment);
  return {
    target,
    segment: segment + 1,
    segments: segmentCountOf(target, run.segments),
    pages: stored?.pages ?? 0,
    since: stored?.updatedAt ?? run.startedAt,
    failedAttempts: stored?.failedAttempts?.count ?? 0,
    ...(stored?.failedAttempts === undefined ? {} : { lastError: stored.failedAttempts.error }),
  };
}

export const toFindingView = (finding: Finding): FindingView => ({
  findingId: finding.findingId,
  kind: finding.kind,
  subject: finding.subject,
  expected: finding.expected,
  actual: finding.actual,
  difference: finding.difference,
  explanation: finding.explanation,
  records: [...finding.records],
  since: finding.since,
  detectedAt: finding.detectedAt,
  ...(finding.repair === undefined
    ? {}
    : { proposedRepair: { action: finding.repair.command.action, effect: finding.repair.effect } }),
  status: finding.status,
  revision: finding.revision,
  ...(finding.approval === undefined ? {} : { approval: toApprovalView(finding.approval) }),
  ...(finding.reconciliationId === undefined ? {} : { reconciliationId: finding.reconciliationId }),
  ...(finding.note === undefined ? {} : { note: finding.note }),
  ...(finding.lastError === undefined ? {} : { lastError: finding.lastError }),
});

const toApprovalView = ({ by, at, orderDecision }: Approval) => ({
  by,
  at,
  ...(orderDecision && { orderDecision }),
});

export const toCountView = (count: CountOutcome): CountView => ({
  countId: count.countId,
  sku: count.sku,
  locationId: count.locationId,
  countedAt: count.countedAt,
  expected: count.expected,
  counted: count.counted,
  difference: count.difference,
  status: count.status,
  ...(count.findingId === undefined ? {} : { findingId: count.findingId }),
  ...(count.supersededBy === undefined ? {} : { supersededBy: count.supersededBy }),
});
