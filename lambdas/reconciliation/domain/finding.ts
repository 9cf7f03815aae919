import type { FindingKind, FindingStatus } from '../../contracts/reconciliation-api.ts';
import { type Instant, toIso } from '../../shared/core/instant.ts';
import type { CountToPost, Repair, RepairCommand } from './repair.ts';

/** A disagreement as one look found it. */
export type Detected = {
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
  readonly orders?: 'cancel' | 'keep';
  /** The command as it is sent. */
  readonly command: RepairCommand;
};

/** OPEN → APPROVED → REPAIRED; OPEN → DISMISSED | CLOSED; what comes back is OPEN again, as the same finding. */
export type Finding = Detected & {
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

export type Seen = {
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
export function seen(before: Finding | undefined, detected: Detected, context: Seen): Finding {
  const { findingId, reconciliationId, by, correlationId, now } = context;
  const isOfThisRun =
    reconciliationId !== undefined && before?.reconciliationId === reconciliationId;
  if (before?.status === 'REPAIRED' && isOfThisRun) return before;
  const at = toIso(now);
  const { repair: _repair, lastError: _lastError, ...kept } = before ?? {};
  const common = {
    ...kept,
    ...detected,
    findingId,
    lastSeenAt: at,
    ...(reconciliationId === undefined ? {} : { reconciliationId }),
    version: (before?.version ?? 0) + 1,
    updatedAt: at,
    correlationId,
  };
  if (before !== undefined && isStanding(before, detected)) {
    const { status, occurrence, detectedAt, timeline, lastError } = before;
    const since = before.since < detected.since ? before.since : detected.since;
    const isSame = isSameValue(contentOf(before), contentOf(detected));
    const revision = before.revision + (isSame ? 0 : 1);
    const standing = { ...common, revision, occurrence, detectedAt, since };
    if (status === 'APPROVED' && !isSame) {
      const { approval, ...open } = standing;
      const note = `The finding changed after ${approval?.by} had approved it. Approve it again.`;
      const entry = { at, status: 'OPEN', by, note } as const;
      return { ...open, status: 'OPEN', lastError: note, timeline: lengthened(timeline, entry) };
    }
    const error = lastError === undefined ? {} : { lastError };
    return { ...standing, status, timeline, ...error };
  }
  const { approval: _approval, ...opened } = common;
  return {
    ...opened,
    status: 'OPEN',
    revision: (before?.revision ?? 0) + 1,
    occurrence: (before?.occurrence ?? 0) + 1,
    detectedAt: at,
    timeline: lengthened(before?.timeline ?? [], { at, status: 'OPEN', by }),
  };
}

/** What an approver or dismisser has to have seen. */
const contentOf = ({ expected, actual, difference, repair }: Detected) => ({
  expected,
  actual,
  difference,
  repair,
});

const lengthened = (
  timeline: Finding['timeline'],
  entry: Finding['timeline'][number],
): Finding['timeline'] => [...timeline, entry].slice(-TIMELINE_ENTRIES_MAX);

/** A disagreement may come and go for years. */
const TIMELINE_ENTRIES_MAX = 50;

/** What a person dismissed stays so while it is what it was. */
function isStanding(before: Finding, detected: Detected): boolean {
  if (before.status === 'OPEN' || before.status === 'APPROVED') return true;
  if (before.status !== 'DISMISSED') return false;
  return (
    isSameValue(before.expected, detected.expected) && isSameValue(before.actual, detected.actual)
  );
}

/** Of what JSON can hold; in a table the fields of an object have no order. */
function isSameValue(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  const [left, right] = [Object.entries(a), new Map(Object.entries(b))];
  return (
    left.filter(([, value]) => value !== undefined).length ===
      [...right.values()].filter((value) => value !== undefined).length &&
    left.every(([name, value]) => isSameValue(value, right.get(name)))
  );
}

/** The count that the finding asks about, while it is not over. */
export function pendingCount({ status, repair }: Finding): CountToPost | undefined {
  if (status !== 'OPEN' && status !== 'APPROVED') return undefined;
  return repair?.command.action === 'postCount' ? repair.command.count : undefined;
}

export type Step = {
  readonly status: FindingStatus;
  readonly by: string;
  readonly now: Instant;
  readonly note?: string | undefined;
  readonly approval?: Approval | undefined;
  readonly lastError?: string | undefined;
};

/** Returns the next version of a finding, with an entry in its timeline. */
export function stepped(
  finding: Finding,
  { status, by, now, note, approval, lastError }: Step,
): Finding {
  const at = toIso(now);
  const { lastError: _before, ...kept } = finding;
  const entry = { at, status, by, ...(note === undefined ? {} : { note }) };
  return {
    ...kept,
    status,
    ...(note === undefined ? {} : { note }),
    ...(approval === undefined ? {} : { approval }),
    ...(lastError === undefined ? {} : { lastError }),
    timeline: lengthened(finding.timeline, entry),
    version: finding.version + 1,
    updatedAt: at,
  };
}

/** Returns the finding with the reason why nothing was done yet; the same where that is known. */
export function noted(finding: Finding, lastError: string, now: Instant): Finding {
  if (finding.lastError === lastError) return finding;
  return { ...finding, lastError, version: finding.version + 1, updatedAt: toIso(now) };
}
