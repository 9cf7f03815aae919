import type { FindingStatus } from '../../contracts/api/reconciliation.ts';
import { type Instant, toIso } from '../../shared/core/instant.ts';
import { err, ok, type Result } from '../../shared/core/result.ts';
import { type Approval, advanceFinding, type Finding, type FindingTransition } from './finding.ts';
import { type RepairCommand, unfulfillableOrdersOf } from './repair.ts';

/** The finding has changed since the caller read it. */
type RevisionConflict = { readonly kind: 'revisionConflict'; readonly revision: number };
type AlreadyClosed = { readonly kind: 'alreadyClosed'; readonly findingStatus: FindingStatus };
export type ApproveError =
  | RevisionConflict
  | AlreadyClosed
  | { readonly kind: 'noRepairProposed' }
  | { readonly kind: 'orderDecisionMissing'; readonly orders: readonly string[] }
  /** The finding is approved with another decision about its orders. */
  | { readonly kind: 'alreadyApproved'; readonly orderDecision: 'cancel' | 'keep' };

/** Decision of a person or of the policy. */
type DecisionInput = {
  /** Revision of the finding that the caller read. */
  readonly revision: number;
  readonly by: string;
  readonly now: Instant;
  readonly note?: string | undefined;
};
export type ApproveInput = DecisionInput & {
  readonly isByPolicy?: boolean;
  readonly orderDecision?: Approval['orderDecision'] | undefined;
  /** Available units now. An approval that keeps all orders takes no more than these. */
  readonly available?: number | undefined;
};

/** Approves the proposed repair of one revision. Repeating an approval changes nothing. */
export function decideApprove(
  finding: Finding,
  input: ApproveInput,
): Result<Finding, ApproveError> {
  const { revision, by, now, note, orderDecision, available = 0, isByPolicy = false } = input;
  const { status, repair, approval } = finding;
  if (status === 'DISMISSED' || status === 'CLOSED')
    return err({ kind: 'alreadyClosed', findingStatus: status });
  if (finding.revision !== revision)
    return err({ kind: 'revisionConflict', revision: finding.revision });
  if (status === 'APPROVED' || status === 'REPAIRED') {
    return approval?.orderDecision === undefined ||
      orderDecision === undefined ||
      approval.orderDecision === orderDecision
      ? ok(finding)
      : err({ kind: 'alreadyApproved', orderDecision: approval.orderDecision });
  }
  if (repair === undefined) return err({ kind: 'noRepairProposed' });
  const unfulfillable = unfulfillableOrdersOf(repair.command);
  if (unfulfillable.length > 0 && orderDecision === undefined)
    return err({ kind: 'orderDecisionMissing', orders: unfulfillable });
  const requiredDecision = unfulfillable.length === 0 ? undefined : orderDecision;
  const command =
    requiredDecision === 'keep' ? limitToAvailable(repair.command, available) : repair.command;
  const nextApproval: Approval = {
    revision,
    by,
    at: toIso(now),
    isByPolicy,
    ...(requiredDecision === undefined ? {} : { orderDecision: requiredDecision }),
    command,
  };
  return ok(advanceFinding(finding, { status: 'APPROVED', by, now, note, approval: nextApproval }));
}

const limitToAvailable = (command: RepairCommand, available: number): RepairCommand =>
  command.action === 'postCount'
    ? { ...command, count: { ...command.count, delta: Math.max(command.count.delta, -available) } }
    : command;

export const isSameApproval = (a: Approval | undefined, b: Approval | undefined): boolean =>
  a !== undefined && b !== undefined && a.revision === b.revision && a.by === b.by && a.at === b.at;

/**
 * Returns the finding after its owner applied the approved command. If the finding has changed
 * since, it keeps its status, and the timeline records the repair.
 */
export function recordRepair(finding: Finding, approval: Approval, now: Instant): Finding {
  const { status, revision } = finding;
  const isUnresolved = status === 'OPEN' || status === 'APPROVED';
  if (!isUnresolved) return finding;
  const { by } = approval;
  if (revision === approval.revision)
    return advanceFinding(finding, { status: 'REPAIRED', by, now, approval });
  const note = `The repair that was approved at revision ${approval.revision} was applied.`;
  const { lastError } = finding;
  return advanceFinding(finding, { status, by, now, note, lastError });
}

/** Returns the finding, OPEN again, after its owner rejected the repair. Another approval stays. */
export function recordRejection(
  finding: Finding,
  approval: Approval,
  { by, now, lastError }: Pick<FindingTransition, 'by' | 'now'> & { readonly lastError: string },
): Finding {
  if (finding.status !== 'APPROVED' || !isSameApproval(finding.approval, approval)) return finding;
  const { approval: _approval, ...reopened } = advanceFinding(finding, {
    status: 'OPEN',
    by,
    now,
    lastError,
  });
  return reopened;
}

export type DismissError = RevisionConflict | AlreadyClosed;

/** Dismisses one revision of a finding. Repeating a dismissal changes nothing. */
export function decideDismiss(
  finding: Finding,
  dismissal: DecisionInput,
): Result<Finding, DismissError> {
  const { status } = finding;
  if (status !== 'OPEN' && status !== 'DISMISSED')
    return err({ kind: 'alreadyClosed', findingStatus: status });
  if (finding.revision !== dismissal.revision)
    return err({ kind: 'revisionConflict', revision: finding.revision });
  return ok(
    status === 'DISMISSED'
      ? finding
      : advanceFinding(finding, { status: 'DISMISSED', ...dismissal }),
  );
}
