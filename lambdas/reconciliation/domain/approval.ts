import type { FindingStatus } from '../../contracts/reconciliation-api.ts';
import { type Instant, toIso } from '../../shared/core/instant.ts';
import { err, ok, type Result } from '../../shared/core/result.ts';
import { type Approval, advanceFinding, type Finding, type FindingTransition } from './finding.ts';
import { type RepairCommand, unfulfillableOrdersOf } from './repair.ts';

/** The finding says or proposes something else than what was seen. */
type RevisionConflict = { readonly kind: 'revisionConflict'; readonly revision: number };
type AlreadyClosed = { readonly kind: 'alreadyClosed'; readonly findingStatus: FindingStatus };
export type ApproveError =
  | RevisionConflict
  | AlreadyClosed
  | { readonly kind: 'noRepairProposed' }
  | { readonly kind: 'orderDecisionMissing'; readonly orders: readonly string[] }
  /** Another decision about its orders is being carried out, or was. */
  | { readonly kind: 'alreadyApproved'; readonly orderDecision: 'cancel' | 'keep' };

/** What a person, or policy, saw and decided. */
type DecisionInput = {
  /** Revision of the finding that was seen. */
  readonly revision: number;
  readonly by: string;
  readonly now: Instant;
  readonly note?: string | undefined;
};
export type ApproveInput = DecisionInput & {
  readonly isByPolicy?: boolean;
  readonly orderDecision?: Approval['orderDecision'] | undefined;
  /** Units that can be taken now: an approval that keeps all orders takes no more. */
  readonly available?: number | undefined;
};

/** Allows the proposed repair that was seen, and no other. Repeating an approval changes nothing. */
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
 * Returns the finding after the owner did what was approved. Where the finding says something else by now, that stays to be decided,
 * and its timeline has what was done.
 */
export function recordRepair(finding: Finding, approval: Approval, now: Instant): Finding {
  const { status, revision } = finding;
  const isUnresolved = status === 'OPEN' || status === 'APPROVED';
  if (!isUnresolved) return finding;
  const { by } = approval;
  if (revision === approval.revision)
    return advanceFinding(finding, { status: 'REPAIRED', by, now, approval });
  const note = `The repair that was approved at revision ${approval.revision} was done.`;
  const { lastError } = finding;
  return advanceFinding(finding, { status, by, now, note, lastError });
}

/** Returns the finding after its approved repair was rejected: a person decides again. Another approval stays. */
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

/** Says that nothing is to be done about what was seen. Repeating a dismissal changes nothing. */
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
