import { isTransient } from '../../shared/core/errors.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { logger } from '../../shared/observability/logger.ts';
import { decideApprove, isSameApproval, recordRejection } from '../domain/approval.ts';
import { type Finding, recordLastError } from '../domain/finding.ts';
import { isAutomaticRepair, isWithinCaps, type RepairPolicy } from '../domain/repair.ts';
import { RECONCILER, type Run } from '../domain/run.ts';
import type { RepairPorts, RunStore } from './ports.ts';
import { repairApproved } from './repair-finding.ts';
import { updateFinding } from './update-finding.ts';

type RunRepairInput = {
  readonly run: Run;
  readonly finding: Finding;
  readonly policy: RepairPolicy;
};
type RunRepairPorts = RepairPorts & { readonly runs: RunStore };

/**
 * Does what policy allows without a person, and what was approved before. Returns whether the finding was repaired. A repair that
 * cannot be done is visible on its finding, and the run goes on.
 */
export async function repairInRun(
  ports: RunRepairPorts,
  { run, finding, policy }: RunRepairInput,
  now: Instant,
): Promise<boolean> {
  const { findings, runs } = ports;
  const { repair, status, findingId, revision, approval } = finding;
  const isDecidedByPolicy =
    status === 'OPEN' || (status === 'APPROVED' && approval?.isByPolicy === true);
  // A person approved it, and the worker died or the owner was away.
  if (!isDecidedByPolicy) return (await attemptRepair(ports, finding, now)).status === 'REPAIRED';
  if (repair === undefined || !isAutomaticRepair(policy, repair)) {
    if (status === 'APPROVED')
      await recordNotRepaired(ports, finding, 'policy allows no automatic repair of it', now);
    return false;
  }
  // Caps apply at the moment of doing, also to what policy approved in a run before this one.
  const claim = isWithinCaps(policy, repair)
    ? await runs.claimRepair(run, finding, repair, policy)
    : 'capsTooSmall';
  if (claim !== 'claimed') {
    await recordNotRepaired(ports, finding, CLAIM_REJECTION_REASONS[claim], now);
    return false;
  }
  const approved = await updateFinding(findings, findingId, (before = finding) => {
    const decision = decideApprove(before, { revision, by: RECONCILER, now, isByPolicy: true });
    return decision.ok ? decision.value : before;
  });
  const after = await attemptRepair(ports, approved, now);
  const isRepaired = after.revision === revision && after.status === 'REPAIRED';
  const isStillApproved = after.revision === revision && after.status === 'APPROVED';
  if (!isRepaired && !isStillApproved) await runs.releaseClaim(run, finding, repair);
  return isRepaired;
}

/** Says of a finding that policy would repair that the time of this part of the run was used up. */
export async function deferRepair(
  ports: RepairPorts,
  { finding, policy }: RunRepairInput,
  now: Instant,
): Promise<void> {
  const { repair, status } = finding;
  if (status === 'OPEN' && repair !== undefined && isAutomaticRepair(policy, repair))
    await recordNotRepaired(ports, finding, 'this part of the run had no time left for it', now);
}

const CLAIM_REJECTION_REASONS = {
  capsTooSmall: 'it is above the caps of automatic repair',
  alreadyRepaired: 'something was repaired here in this run already',
  capsExhausted: 'the caps of automatic repair are used up for this run',
} as const;

/** Leaves the finding to a person, with the reason. */
const recordNotRepaired = (
  { findings }: RepairPorts,
  finding: Finding,
  reason: string,
  now: Instant,
): Promise<Finding> =>
  updateFinding(findings, finding.findingId, (before = finding) => {
    const lastError = `Not repaired by itself: ${reason}.`;
    if (before.revision !== finding.revision) return before;
    if (before.status === 'OPEN') return recordLastError(before, lastError, now);
    return finding.approval === undefined
      ? before
      : recordRejection(before, finding.approval, { by: RECONCILER, now, lastError });
  });

/** Sends what was approved. Where that fails, the finding stays approved, says so, and is sent again by the next run. */
async function attemptRepair(ports: RepairPorts, finding: Finding, now: Instant): Promise<Finding> {
  const { findingId, kind, approval } = finding;
  try {
    return (await repairApproved(ports, finding, 0, now)).finding;
  } catch (error) {
    if (isTransient(error))
      logger.warn('approved repair not confirmed', { findingId, kind, error: String(error) });
    else logger.error('approved repair failed', error, { findingId, kind });
    const lastError = `The repair was not confirmed (${errorMessageOf(error)}). The next reconciliation sends it again.`;
    return updateFinding(ports.findings, findingId, (before = finding) =>
      before.status === 'APPROVED' && isSameApproval(before.approval, approval)
        ? recordLastError(before, lastError, now)
        : before,
    );
  }
}

const errorMessageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
