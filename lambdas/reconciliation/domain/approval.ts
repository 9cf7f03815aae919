import type { FindingStatus } from '../../contracts/reconciliation-api.ts';
import { type Instant, toIso } from '../../shared/core/instant.ts';
import { accepted, type Result, refused } from '../../shared/core/result.ts';
import { type Approval, type Finding, type Step, stepped } from './finding.ts';
import { type RepairCommand, shortOf } from './repair.ts';

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
export function decideApprove(
  finding: Finding,
  approving: Approving,
): Result<Finding, ApproveRefusal> {
  const { revision, by, now, note, orders, available = 0, isByPolicy = false } = approving;
  const { status, repair, approval } = finding;
  if (status === 'DISMISSED' || status === 'CLOSED')
    return refused({ kind: 'isOver', findingStatus: status });
  if (finding.revision !== revision)
    return refused({ kind: 'changed', revision: finding.revision });
  if (status === 'APPROVED' || status === 'REPAIRED') {
    return approval?.orders === undefined || orders === undefined || approval.orders === orders
      ? accepted(finding)
      : refused({ kind: 'approvedOtherwise', orders: approval.orders });
  }
  if (repair === undefined) return refused({ kind: 'noRepair' });
  const short = shortOf(repair.command);
  if (short.length > 0 && orders === undefined)
    return refused({ kind: 'ordersUndecided', orders: short });
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
  if (revision === approval.revision)
    return stepped(finding, { status: 'REPAIRED', by, now, approval });
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

export type DismissRefusal = Changed | Over;

/** Says that nothing is to be done about what was seen. Repeating a dismissal changes nothing. */
export function decideDismiss(
  finding: Finding,
  dismissal: Decided,
): Result<Finding, DismissRefusal> {
  const { status } = finding;
  if (status !== 'OPEN' && status !== 'DISMISSED')
    return refused({ kind: 'isOver', findingStatus: status });
  if (finding.revision !== dismissal.revision)
    return refused({ kind: 'changed', revision: finding.revision });
  return accepted(
    status === 'DISMISSED' ? finding : stepped(finding, { status: 'DISMISSED', ...dismissal }),
  );
}
