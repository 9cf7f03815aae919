import type { FindingKind, FindingStatus } from '../../contracts/reconciliation-api.ts';
import { type Instant, toIso } from '../../shared/instant.ts';
import { accepted, type Result, refused } from '../../shared/result.ts';
import type { Repair } from './repair.ts';

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

/** OPEN → APPROVED → REPAIRED; OPEN → DISMISSED | CLOSED; what comes back is OPEN again, as the same finding. */
export type Finding = Detected & {
  readonly findingId: string;
  readonly status: FindingStatus;
  /** Rises each time that the same disagreement comes back. */
  readonly occurrence: number;
  /** ISO 8601. */
  readonly detectedAt: string;
  readonly lastSeenAt: string;
  /** The run that saw it last. */
  readonly reconciliationId?: string;
  readonly orders?: 'cancel' | 'keep';
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

/** The finding after it was seen once more; or the same where it was dismissed and says nothing new. */
export function seen(before: Finding | undefined, detected: Detected, context: Seen): Finding {
  const { findingId, reconciliationId, by, correlationId, now } = context;
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
    const error = lastError === undefined ? {} : { lastError };
    return { ...common, status, occurrence, detectedAt, since, timeline, ...error };
  }
  return {
    ...common,
    status: 'OPEN',
    occurrence: (before?.occurrence ?? 0) + 1,
    detectedAt: at,
    timeline: [...(before?.timeline ?? []), { at, status: 'OPEN' as const, by }].slice(-TIMELINE_ENTRIES_MAX),
  };
}

/** A disagreement may come and go for years. */
const TIMELINE_ENTRIES_MAX = 50;

/** What a person dismissed stays so while it is what it was. */
function isStanding(before: Finding, detected: Detected): boolean {
  if (before.status === 'OPEN' || before.status === 'APPROVED') return true;
  if (before.status !== 'DISMISSED') return false;
  return isSameValue(before.expected, detected.expected) && isSameValue(before.actual, detected.actual);
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

type Step = {
  readonly status: FindingStatus;
  readonly by: string;
  readonly now: Instant;
  readonly note?: string | undefined;
  readonly orders?: Finding['orders'] | undefined;
  readonly lastError?: string | undefined;
};

/** The next version of a finding, told in its timeline. */
export function stepped(finding: Finding, { status, by, now, note, orders, lastError }: Step): Finding {
  const at = toIso(now);
  const { lastError: _before, ...kept } = finding;
  const entry = { at, status, by, ...(note === undefined ? {} : { note }) };
  return {
    ...kept,
    status,
    ...(note === undefined ? {} : { note }),
    ...(orders === undefined ? {} : { orders }),
    ...(lastError === undefined ? {} : { lastError }),
    timeline: [...finding.timeline, entry].slice(-TIMELINE_ENTRIES_MAX),
    version: finding.version + 1,
    updatedAt: at,
  };
}

export type ApproveRefusal =
  | { readonly kind: 'noRepair' }
  | { readonly kind: 'isOver'; readonly findingStatus: FindingStatus }
  | { readonly kind: 'ordersUndecided'; readonly orders: readonly string[] };

type Approval = {
  readonly by: string;
  readonly now: Instant;
  readonly note?: string | undefined;
  readonly orders?: Finding['orders'] | undefined;
};

/** A person allows the proposed repair; an approval that is there already is that one. */
export function decideApprove(finding: Finding, approval: Approval): Result<Finding, ApproveRefusal> {
  if (finding.status === 'APPROVED' || finding.status === 'REPAIRED') return accepted(finding);
  if (finding.status !== 'OPEN') return refused({ kind: 'isOver', findingStatus: finding.status });
  if (finding.repair === undefined) return refused({ kind: 'noRepair' });
  const { command } = finding.repair;
  const short = command.action === 'postCount' ? command.short : [];
  if (short.length > 0 && approval.orders === undefined) {
    return refused({ kind: 'ordersUndecided', orders: short });
  }
  return accepted(stepped(finding, { status: 'APPROVED', ...approval }));
}

export type DismissRefusal = { readonly kind: 'isOver'; readonly findingStatus: FindingStatus };

/** A person says that nothing is to be done. */
export function decideDismiss(
  finding: Finding,
  dismissal: Omit<Approval, 'orders'>,
): Result<Finding, DismissRefusal> {
  if (finding.status === 'DISMISSED') return accepted(finding);
  if (finding.status !== 'OPEN') return refused({ kind: 'isOver', findingStatus: finding.status });
  return accepted(stepped(finding, { status: 'DISMISSED', ...dismissal }));
}
