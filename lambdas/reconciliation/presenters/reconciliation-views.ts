import type {
  CountView,
  FindingView,
  OpenPartView,
  ReconciliationView,
} from '../../contracts/reconciliation-api.ts';
import type { EndedCount } from '../domain/count.ts';
import type { Approval, Finding } from '../domain/finding.ts';
import {
  checkedBy,
  openParts,
  type Part,
  type Run,
  type Segment,
  segmentsOf,
} from '../domain/run.ts';
import type { RunShown } from '../use-cases/read-runs.ts';

/** A run that is under way shows what its parts have checked so far, and the findings that it met. */
export const toRunView = ({ run, segments, findings }: RunShown): ReconciliationView => {
  const isOver = run.status !== 'RUNNING';
  const unsettled = segments.reduce((cells, segment) => cells + segment.unsettled, 0);
  return {
    reconciliationId: run.reconciliationId,
    status: run.status,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt ?? null,
    checked: isOver ? run.checked : checkedBy(segments),
    unsettled: isOver ? run.unsettled : unsettled,
    findings: isOver ? run.findings : findings,
    repaired: run.repaired,
    waitsFor: isOver
      ? []
      : openParts(run, segments).map((part) => openPartView(run, part, segments)),
    ...(run.failure === undefined ? {} : { failure: run.failure }),
  };
};

function openPartView(
  run: Run,
  { walk, segment }: Part,
  segments: readonly Segment[],
): OpenPartView {
  const known = segments.find((one) => one.walk === walk && one.segment === segment);
  return {
    walk,
    part: segment + 1,
    parts: segmentsOf(walk, run.segments),
    pages: known?.pages ?? 0,
    since: known?.updatedAt ?? run.startedAt,
    misses: known?.miss?.count ?? 0,
    ...(known?.miss === undefined ? {} : { lastError: known.miss.error }),
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
  ...(finding.approval === undefined ? {} : { approval: approvalView(finding.approval) }),
  ...(finding.reconciliationId === undefined ? {} : { reconciliationId: finding.reconciliationId }),
  ...(finding.note === undefined ? {} : { note: finding.note }),
  ...(finding.lastError === undefined ? {} : { lastError: finding.lastError }),
});

const approvalView = ({ by, at, orders }: Approval) => ({ by, at, ...(orders && { orders }) });

export const toCountView = (count: EndedCount): CountView => ({
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
