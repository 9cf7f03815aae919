import type { FindingKind, FindingStatus } from '../../contracts/api/reconciliation.ts';
import { defined } from '../../shared/core/defined.ts';
import { type Instant, toIso } from '../../shared/core/instant.ts';
import { nextVersion } from '../../shared/core/next-version.ts';
import { isSameValue } from '../../shared/core/same-value.ts';
import type { CountToPost, Repair, RepairCommand } from './repair.ts';

/** A disagreement as one scan found it. */
export type Detection = {
  readonly kind: FindingKind;
  readonly subject: string;
  readonly expected: unknown;
  readonly actual: unknown;
  readonly difference: unknown;
  /** Units of stock concerned, 0 if none. */
  readonly units: number;
  readonly explanation: string;
  readonly records: readonly unknown[];
  /** ISO 8601. */
  readonly since: string;
  readonly repair?: Repair;
};

/** Permission for one repair. Each attempt sends this command in the name of this actor. */
export type Approval = {
  /** Revision of the finding that was approved. */
  readonly revision: number;
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
  /** True if policy approved it: the caps of automatic repair then apply to each attempt. */
  readonly isByPolicy: boolean;
  readonly orderDecision?: 'cancel' | 'keep';
  /** Command as it is sent to the owner. */
  readonly command: RepairCommand;
};

/**
 * OPEN → APPROVED → REPAIRED, or OPEN → DISMISSED | CLOSED. A disagreement that returns reopens the
 * same finding.
 */
export type Finding = Detection & {
  readonly findingId: string;
  readonly status: FindingStatus;
  /** Number of the reviewed content. Rises when content or proposal changes, and on reopening. */
  readonly revision: number;
  /** Number of times that the disagreement has appeared. */
  readonly occurrence: number;
  /** ISO 8601. */
  readonly detectedAt: string;
  readonly lastSeenAt: string;
  /** Run that detected it last. */
  readonly reconciliationId?: string;
  /** Approval of the current or last repair. */
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
 * Merges a detection into its finding.
 *
 * A dismissed finding stays dismissed while its values are the same. An approved finding whose
 * content changed returns to OPEN, because the change was not approved. A run does not reopen what
 * it repaired: a second worker on the segment may have read before the repair.
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

/** Content that a person must have read to approve or dismiss a finding. */
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

/** Limit of the timeline, because a disagreement may return for years. */
const TIMELINE_ENTRIES_MAX = 50;

/** True if the detection continues the finding; false if it opens it again. */
function isSameOccurrence(finding: Finding, detection: Detection): boolean {
  if (finding.status === 'OPEN' || finding.status === 'APPROVED') return true;
  if (finding.status !== 'DISMISSED') return false;
  return (
    isSameValue(finding.expected, detection.expected) &&
    isSameValue(finding.actual, detection.actual)
  );
}

/** Returns the count that waits for a decision on this finding. */
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

/**
 * Returns the finding with the reason why it is not repaired yet. Unchanged if the reason is the
 * same.
 */
export function recordLastError(finding: Finding, lastError: string, now: Instant): Finding {
  if (finding.lastError === lastError) return finding;
  return nextVersion({ ...finding, lastError }, now);
}
