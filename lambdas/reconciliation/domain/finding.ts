import type { FindingKind, FindingStatus } from '../../contracts/reconciliation-api.ts';
import { type Instant, toIso } from '../../shared/instant.ts';
import { accepted, type Result, refused } from '../../shared/result.ts';
import { type Repair, type RepairCommand, shortOf } from './repair.ts';

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

/** The permission for one repair. Every attempt sends its command and its actor, whoever makes the attempt. */
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
 * proposes something else returns to OPEN: that was not approved.
 */
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

const lengthened = (timeline: Finding['timeline'], entry: Finding['timeline'][number]): Finding['timeline'] =>
  [...timeline, entry].slice(-TIMELINE_ENTRIES_MAX);

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
  readonly approval?: Approval | undefined;
  readonly lastError?: string | undefined;
};

/** Returns the next version of a finding, with an entry in its timeline. */
export function stepped(finding: Finding, { status, by, now, note, approval, lastError }: Step): Finding {
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

/** The finding says or proposes something else than what was seen. */
type Changed = { readonly kind: 'changed'; readonly revision: number };
type Over = { readonly kind: 'isOver'; readonly findingStatus: FindingStatus };
export type ApproveRefusal =
  | Changed
  | Over
  | { readonly kind: 'noRepair' }
  | { readonly kind: 'ordersUndecided'; readonly orders: readonly string[] }
  /** Another decision about its orders is being carried out, or was. */
  | { readonly kind: 'approvedOtherwise'; readonly orders: 'cancel' | 'keep' };

/** What a person, or policy, saw and decided. */
type Decided = {
  /** Revision of the finding that was seen. */
  readonly revision: number;
  readonly by: string;
  readonly now: Instant;
  readonly note?: string | undefined;
};
export type Approving = Decided & {
  readonly isByPolicy?: boolean;
  readonly orders?: Approval['orders'] | undefined;
  /** Units that can be taken now: an approval that keeps all orders takes no more. */
  readonly available?: number | undefined;
};

/** Allows the proposed repair that was seen, and no other. Repeating an approval changes nothing. */
export function decideApprove(finding: Finding, approving: Approving): Result<Finding, ApproveRefusal> {
  const { revision, by, now, note, orders, available = 0, isByPolicy = false } = approving;
  const { status, repair, approval } = finding;
  if (status === 'DISMISSED' || status === 'CLOSED')
    return refused({ kind: 'isOver', findingStatus: status });
  if (finding.revision !== revision) return refused({ kind: 'changed', revision: finding.revision });
  if (status === 'APPROVED' || status === 'REPAIRED') {
    return approval?.orders === undefined || orders === undefined || approval.orders === orders
      ? accepted(finding)
      : refused({ kind: 'approvedOtherwise', orders: approval.orders });
  }
  if (repair === undefined) return refused({ kind: 'noRepair' });
  const short = shortOf(repair.command);
  if (short.length > 0 && orders === undefined) return refused({ kind: 'ordersUndecided', orders: short });
  const decided = short.length === 0 ? undefined : orders;
  const command = decided === 'keep' ? takingAtMost(repair.command, available) : repair.command;
  const next: Approval = {
    revision,
    by,
    at: toIso(now),
    isByPolicy,
    ...(decided === undefined ? {} : { orders: decided }),
    command,
  };
  return accepted(stepped(finding, { status: 'APPROVED', by, now, note, approval: next }));
}

const takingAtMost = (command: RepairCommand, available: number): RepairCommand =>
  command.action === 'postCount'
    ? { ...command, count: { ...command.count, delta: Math.max(command.count.delta, -available) } }
    : command;

export const isSameApproval = (a: Approval | undefined, b: Approval | undefined): boolean =>
  a !== undefined && b !== undefined && a.revision === b.revision && a.by === b.by && a.at === b.at;

/**
 * Returns the finding after the owner did what was approved. Where the finding says something else by now, that stays to be decided,
 * and its timeline has what was done.
 */
export function repaired(finding: Finding, approval: Approval, now: Instant): Finding {
  const { status, revision } = finding;
  const isWaiting = status === 'OPEN' || status === 'APPROVED';
  if (!isWaiting) return finding;
  const { by } = approval;
  if (revision === approval.revision) return stepped(finding, { status: 'REPAIRED', by, now, approval });
  const note = `The repair that was approved at revision ${approval.revision} was done.`;
  const { lastError } = finding;
  return stepped(finding, { status, by, now, note, lastError });
}

/** Returns the finding after its approved repair was rejected: a person decides again. Another approval stays. */
export function rejected(
  finding: Finding,
  approval: Approval,
  { by, now, lastError }: Pick<Step, 'by' | 'now'> & { readonly lastError: string },
): Finding {
  if (finding.status !== 'APPROVED' || !isSameApproval(finding.approval, approval)) return finding;
  const { approval: _approval, ...open } = stepped(finding, { status: 'OPEN', by, now, lastError });
  return open;
}

/** Returns the finding with the reason why nothing was done yet; the same where that is known. */
export function noted(finding: Finding, lastError: string, now: Instant): Finding {
  if (finding.lastError === lastError) return finding;
  return { ...finding, lastError, version: finding.version + 1, updatedAt: toIso(now) };
}

export type DismissRefusal = Changed | Over;

/** Says that nothing is to be done about what was seen. Repeating a dismissal changes nothing. */
export function decideDismiss(finding: Finding, dismissal: Decided): Result<Finding, DismissRefusal> {
  const { status } = finding;
  if (status !== 'OPEN' && status !== 'DISMISSED') return refused({ kind: 'isOver', findingStatus: status });
  if (finding.revision !== dismissal.revision)
    return refused({ kind: 'changed', revision: finding.revision });
  return accepted(status === 'DISMISSED' ? finding : stepped(finding, { status: 'DISMISSED', ...dismissal }));
}
