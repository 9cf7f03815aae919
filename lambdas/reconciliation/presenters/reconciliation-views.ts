import type {
  CountView,
  FindingView,
  PendingSegmentView,
  ReconciliationView,
} from '../../contracts/api/reconciliation.ts';
import { defined } from '../../shared/core/defined.ts';
import type { CountResult } from '../domain/counts/count.ts';
import type { Approval, Finding } from '../domain/finding.ts';
import { pendingSegmentsOf, segmentCountOf } from '../domain/phases.ts';
import type { Repair } from '../domain/repair.ts';
import {
  type Run,
  type RunDetails,
  type Segment,
  type SegmentId,
  sumChecked,
} from '../domain/run.ts';

/** Returns the view of a run. A run under way shows what its segments have checked so far. */
export const toRunView = ({ run, segments, findings }: RunDetails): ReconciliationView => {
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
      : pendingSegmentsOf(run, segments).map((segmentId) =>
          toPendingSegmentView(run, segmentId, segments),
        ),
    ...defined({ failure: run.failure }),
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
    ...defined({ lastError: stored?.failedAttempts?.error }),
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
  ...defined({ proposedRepair: finding.repair && toRepairView(finding.repair) }),
  status: finding.status,
  revision: finding.revision,
  ...defined({
    approval: finding.approval && toApprovalView(finding.approval),
    reconciliationId: finding.reconciliationId,
    note: finding.note,
    lastError: finding.lastError,
  }),
});

const toRepairView = ({ command, effect }: Repair) => ({ action: command.action, effect });

const toApprovalView = ({ by, at, orderDecision }: Approval) => ({
  by,
  at,
  ...defined({ orderDecision }),
});

export const toCountView = (count: CountResult): CountView => ({
  countId: count.countId,
  sku: count.sku,
  locationId: count.locationId,
  countedAt: count.countedAt,
  expected: count.expected,
  counted: count.counted,
  difference: count.difference,
  status: count.status,
  ...defined({
    findingId: count.findingId,
    supersededBy: count.supersededBy,
    repeated: count.repeated,
  }),
});
