import { isTransient } from '../../../shared/core/errors.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import { logger } from '../../../shared/observability/logger.ts';
import { decideApprove, isSameApproval, recordRejection } from '../../domain/approval.ts';
import { type Finding, recordLastError } from '../../domain/finding.ts';
import { isAutomaticRepair, isWithinCaps, type RepairPolicy } from '../../domain/repair.ts';
import { RECONCILER, type Run } from '../../domain/run.ts';
import type { RepairPorts, RunStore } from '../ports.ts';
import { repairApproved } from './repair-finding.ts';
import { updateFinding } from './update-finding.ts';

type RunRepairInput = {
  readonly run: Run;
  readonly finding: Finding;
  readonly policy: RepairPolicy;
};
type RunRepairPorts = RepairPorts & { readonly runs: RunStore };

/**
 * Repairs a finding if policy allows it without a person, or if it was approved before. Returns
 * true if it was repaired. A repair that fails is recorded on its finding, and the run continues.
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
  // A person approved it, and the worker died or the owner did not respond.
  if (!isDecidedByPolicy) return (await attemptRepair(ports, finding, now)).status === 'REPAIRED';
  if (repair === undefined || !isAutomaticRepair(policy, repair)) {
    if (status === 'APPROVED')
      await recordNotRepaired(ports, finding, 'policy does not allow its automatic repair', now);
    return false;
  }
  // Caps apply at each attempt, also to a repair that policy approved in an earlier run.
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

/** Records on a finding that policy would repair that the worker had no time left for it. */
export async function deferRepair(
  ports: RepairPorts,
  { finding, policy }: RunRepairInput,
  now: Instant,
): Promise<void> {
  const { repair, status } = finding;
  if (status === 'OPEN' && repair !== undefined && isAutomaticRepair(policy, repair))
    await recordNotRepaired(ports, finding, 'no time was left in this segment of the run', now);
}

const CLAIM_REJECTION_REASONS = {
  capsTooSmall: 'it exceeds the caps of automatic repair',
  alreadyRepaired: 'the run has already repaired this subject',
  capsExhausted: 'the run has used up the caps of automatic repair',
} as const;

/** Records the reason on a finding that stays for a person. */
const recordNotRepaired = (
  { findings }: RepairPorts,
  finding: Finding,
  reason: string,
  now: Instant,
): Promise<Finding> =>
  updateFinding(findings, finding.findingId, (before = finding) => {
    const lastError = `Not repaired automatically: ${reason}.`;
    if (before.revision !== finding.revision) return before;
    if (before.status === 'OPEN') return recordLastError(before, lastError, now);
    return finding.approval === undefined
      ? before
      : recordRejection(before, finding.approval, { by: RECONCILER, now, lastError });
  });

/**
 * Sends an approved repair. After an error the finding stays APPROVED, and the next run sends it
 * again.
 */
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
