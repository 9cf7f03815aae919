import type { FindingKind, FindingStatus } from '../../contracts/reconciliation-api.ts';
import { defined } from '../../shared/core/defined.ts';
import { type Instant, toIso } from '../../shared/core/instant.ts';
import { nextVersion } from '../../shared/core/next-version.ts';
import { isSameValue } from '../../shared/core/same-value.ts';
import type { CountToPost, Repair, RepairCommand } from './repair.ts';

/** A disagreement as one look found it. */
export type Detection = {
  readonly kind: FindingKind;
  readonly subject: string;
  readonly expected: unknown;
  readonly actual: unknown;
  readonly difference: unknown;
  /** Units of stock that it is about; 0 where it is about none. */
  readonly units: number;
  readonly explanation: string;
  readonly records: readonly unknown[];
  /** ISO 8601. */
  readonly since: string;
  readonly repair?: Repair;
};

/** The permission for one repair. Every attempt sends its command and its actor, whichever process makes it. */
export type Approval = {
  /** Revision of the finding that was approved. */
  readonly revision: number;
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
  /** True where policy approved it: then the caps of automatic repair apply when it is done. */
  readonly isByPolicy: boolean;
  readonly orderDecision?: 'cancel' | 'keep';
  /** The command as it is sent. */
  readonly command: RepairCommand;
};

/** OPEN → APPROVED → REPAIRED; OPEN → DISMISSED | CLOSED; what comes back is OPEN again, as the same finding. */
export type Finding = Detection & {
  readonly findingId: string;
  readonly status: FindingStatus;
  /** Rises when the finding says or proposes something else, and when it is opened again. An approval names it. */
  readonly revision: number;
  /** Rises each time that the same disagreement comes back. */
  readonly occurrence: number;
  /** ISO 8601. */
  readonly detectedAt: string;
  readonly lastSeenAt: string;
  /** The run that saw it last. */
  readonly reconciliationId?: string;
  /** The approval that is being carried out, or was. */
  readonly approval?: Approval;
  readonly note?: string;
  readonly lastError?: string;
  readonly timeline: readonly {
    readonly at: string;
    readonly status: FindingStatus;
    readonly by: string;
    readonly note?: string;
  }[];
  readonly version: number;
  readonly updatedAt: string;
  readonly correlationId: string;
};

export type DetectionContext = {
  readonly findingId: string;
  readonly reconciliationId?: string;
  readonly by: string;
  readonly correlationId: string;
  readonly now: Instant;
};

/**
 * Returns the finding after one more look. A dismissed finding stays dismissed while it says the same. An approved one that says or
 * proposes something else returns to OPEN: that was not approved. What a run has repaired, the same run does not open again: a
 * second worker on its part may have looked before the repair.
 */
export function mergeDetection(
  finding: Finding | undefined,
  detection: Detection,
  context: DetectionContext,
): Finding {
  const { findingId, reconciliationId, by, correlationId, now } = context;
  const isFromThisRun =
    reconciliationId !== undefined && finding?.reconciliationId === reconciliationId;
  if (finding?.status === 'REPAIRED' && isFromThisRun) return finding;
  const at = toIso(now);
  const { repair: _repair, lastError: _lastError, ...stored } = finding ?? {};
  const common = {
    ...stored,
    ...detection,
    findingId,
    lastSeenAt: at,
    ...defined({ reconciliationId }),
    version: (finding?.version ?? 0) + 1,
    updatedAt: at,
    correlationId,
  };
  if (finding !== undefined && isSameOccurrence(finding, detection)) {
    const { status, occurrence, detectedAt, timeline, lastError } = finding;
    const since = finding.since < detection.since ? finding.since : detection.since;
    const isSame = isSameValue(reviewedContentOf(finding), reviewedContentOf(detection));
    const revision = finding.revision + (isSame ? 0 : 1);
    const updated = { ...common, revision, occurrence, detectedAt, since };
    if (status === 'APPROVED' && !isSame) {
      const { approval, ...withoutApproval } = updated;
      const note = `The finding changed after ${approval?.by} had approved it. Approve it again.`;
      const entry = { at, status: 'OPEN', by, note } as const;
      return {
        ...withoutApproval,
        status: 'OPEN',
        lastError: note,
        timeline: appendToTimeline(timeline, entry),
      };
    }
    return { ...updated, status, timeline, ...defined({ lastError }) };
  }
  const { approval: _approval, ...opened } = common;
  return {
    ...opened,
    status: 'OPEN',
    revision: (finding?.revision ?? 0) + 1,
    occurrence: (finding?.occurrence ?? 0) + 1,
    detectedAt: at,
    timeline: appendToTimeline(finding?.timeline ?? [], { at, status: 'OPEN', by }),
  };
}

/** What an approver or dismisser has to have seen. */
const reviewedContentOf = ({ expected, actual, difference, repair }: Detection) => ({
  expected,
  actual,
  difference,
  repair,
});

const appendToTimeline = (
  timeline: Finding['timeline'],
  entry: Finding['timeline'][number],
): Finding['timeline'] => [...timeline, entry].slice(-TIMELINE_ENTRIES_MAX);

/** A disagreement may come and go for years. */
const TIMELINE_ENTRIES_MAX = 50;

/** What a person dismissed stays so while it is what it was. */
function isSameOccurrence(finding: Finding, detection: Detection): boolean {
  if (finding.status === 'OPEN' || finding.status === 'APPROVED') return true;
  if (finding.status !== 'DISMISSED') return false;
  return (
    isSameValue(finding.expected, detection.expected) &&
    isSameValue(finding.actual, detection.actual)
  );
}

/** The count that the finding asks about, while it is not over. */
export function pendingCountOf({ status, repair }: Finding): CountToPost | undefined {
  if (status !== 'OPEN' && status !== 'APPROVED') return undefined;
  return repair?.command.action === 'postCount' ? repair.command.count : undefined;
}

export type FindingTransition = {
  readonly status: FindingStatus;
  readonly by: string;
  readonly now: Instant;
  readonly note?: string | undefined;
  readonly approval?: Approval | undefined;
  readonly lastError?: string | undefined;
};

/** Returns the next version of a finding, with an entry in its timeline. */
export function advanceFinding(
  finding: Finding,
  { status, by, now, note, approval, lastError }: FindingTransition,
): Finding {
  const { lastError: _before, ...stored } = finding;
  const entry = { at: toIso(now), status, by, ...defined({ note }) };
  const timeline = appendToTimeline(finding.timeline, entry);
  return nextVersion(
    { ...stored, status, ...defined({ note, approval, lastError }), timeline },
    now,
  );
}

/** Returns the finding with the reason why nothing was done yet; the same where that is known. */
export function recordLastError(finding: Finding, lastError: string, now: Instant): Finding {
  if (finding.lastError === lastError) return finding;
  return nextVersion({ ...finding, lastError }, now);
}
