import { isTransient } from '../../shared/core/faults.ts';
import { type Instant, toIso } from '../../shared/core/instant.ts';
import { log } from '../../shared/observability/logger.ts';
import { decideApprove, isSameApproval, rejected, repaired } from '../domain/approval.ts';
import { type Approval, type Finding, noted } from '../domain/finding.ts';
import {
  type CountToPost,
  isAutomatic,
  isWithinCaps,
  type RepairPolicy,
  shortOf,
} from '../domain/repair.ts';
import type { Run } from '../domain/run.ts';
import type { Audits, CountStore, FindingStore, Owners, RunStore, WorkQueue } from './ports.ts';
import { afterRefusedCount } from './refused-count.ts';
import { changeFinding } from './report-finding.ts';

export type RepairPorts = {
  readonly findings: FindingStore;
  readonly counts: CountStore;
  readonly owners: Owners;
  readonly audits: Audits;
  readonly queue: WorkQueue;
};

export const RECONCILER = 'reconciler';

/** Orders that were cancelled for a count release their units within seconds; then the count is posted. */
export const REPAIR_AGAIN_SECONDS = 15;
export const REPAIRS_MAX = 40;

type RunRepair = { readonly run: Run; readonly finding: Finding; readonly policy: RepairPolicy };
type RunRepairPorts = RepairPorts & { readonly runs: RunStore };

/**
 * Does what policy allows without a person, and what was approved before. Returns whether the finding was repaired. A repair that
 * cannot be done is visible on its finding, and the run goes on.
 */
export async function repairInRun(
  ports: RunRepairPorts,
  { run, finding, policy }: RunRepair,
  now: Instant,
): Promise<boolean> {
  const { findings, runs } = ports;
  const { repair, status, findingId, revision, approval } = finding;
  const isPolicyMatter =
    status === 'OPEN' || (status === 'APPROVED' && approval?.isByPolicy === true);
  // A person approved it, and the worker died or the owner was away.
  if (!isPolicyMatter) return (await attempt(ports, finding, now)).status === 'REPAIRED';
  if (repair === undefined || !isAutomatic(policy, repair)) {
    if (status === 'APPROVED')
      await leave(ports, finding, 'policy allows no automatic repair of it', now);
    return false;
  }
  // Caps apply at the moment of doing, also to what policy approved in a run before this one.
  const claim = isWithinCaps(policy, repair)
    ? await runs.claim(run, finding, repair, policy)
    : 'aboveCapsAlone';
  if (claim !== 'claimed') {
    await leave(ports, finding, WHY_NOT_CLAIMED[claim], now);
    return false;
  }
  const approved = await changeFinding(findings, findingId, (before = finding) => {
    const decision = decideApprove(before, { revision, by: RECONCILER, now, isByPolicy: true });
    return decision.ok ? decision.value : before;
  });
  const after = await attempt(ports, approved, now);
  const isRepaired = after.revision === revision && after.status === 'REPAIRED';
  const isStillToDo = after.revision === revision && after.status === 'APPROVED';
  if (!isRepaired && !isStillToDo) await runs.unclaim(run, finding, repair);
  return isRepaired;
}

/** Says of a finding that policy would repair that the time of this part of the run was used up. */
export async function leaveForLater(
  ports: RepairPorts,
  { finding, policy }: RunRepair,
  now: Instant,
): Promise<void> {
  const { repair, status } = finding;
  if (status === 'OPEN' && repair !== undefined && isAutomatic(policy, repair))
    await leave(ports, finding, 'this part of the run had no time left for it', now);
}

const WHY_NOT_CLAIMED = {
  aboveCapsAlone: 'it is above the caps of automatic repair',
  repairedBefore: 'something was repaired here in this run already',
  aboveCaps: 'the caps of automatic repair are used up for this run',
} as const;

/** Leaves the finding to a person, with the reason. */
const leave = (
  { findings }: RepairPorts,
  finding: Finding,
  why: string,
  now: Instant,
): Promise<Finding> =>
  changeFinding(findings, finding.findingId, (before = finding) => {
    const lastError = `Not repaired by itself: ${why}.`;
    if (before.revision !== finding.revision) return before;
    if (before.status === 'OPEN') return noted(before, lastError, now);
    return finding.approval === undefined
      ? before
      : rejected(before, finding.approval, { by: RECONCILER, now, lastError });
  });

/** Sends what was approved. Where that fails, the finding stays approved, says so, and is sent again by the next run. */
async function attempt(ports: RepairPorts, finding: Finding, now: Instant): Promise<Finding> {
  const { findingId, kind, approval } = finding;
  try {
    return (await repairApproved(ports, finding, 0, now)).finding;
  } catch (fault) {
    if (isTransient(fault))
      log.warn('approved repair not confirmed', { findingId, kind, error: String(fault) });
    else log.error('approved repair failed', fault, { findingId, kind });
    const lastError = `The repair was not confirmed (${messageOf(fault)}). The next reconciliation sends it again.`;
    return changeFinding(ports.findings, findingId, (before = finding) =>
      before.status === 'APPROVED' && isSameApproval(before.approval, approval)
        ? noted(before, lastError, now)
        : before,
    );
  }
}

const messageOf = (fault: unknown): string =>
  fault instanceof Error ? fault.message : String(fault);

type Attempted = {
  readonly outcome: 'none' | 'repaired' | 'rejected' | 'waiting';
  readonly finding: Finding;
};

/** Sends the approved command in the name of its approver. A command that the owner rejects goes back to a person, with the reason. */
export async function repairApproved(
  ports: RepairPorts,
  finding: Finding,
  tried: number,
  now: Instant,
): Promise<Attempted> {
  const { findings, owners, queue } = ports;
  const { findingId, status, approval, correlationId } = finding;
  if (status !== 'APPROVED' || approval === undefined) return { outcome: 'none', finding };
  const { command, by, orders, at } = approval;
  if (orders === 'cancel' && tried === 0) await cancelOrders(ports, finding, approval);
  const result = await owners.repair({ findingId, command, by, correlationId });
  if (result.ok) {
    log.info('finding repaired', { findingId, kind: finding.kind, action: command.action });
    if (command.action === 'postCount') await countPosted(ports.counts, command.count, now);
    const after = await changeFinding(findings, findingId, (before = finding) =>
      repaired(before, approval, now),
    );
    return { outcome: 'repaired', finding: after };
  }
  const { code, detail } = result.refusal;
  if (orders === 'cancel' && code === 'INSUFFICIENT_STOCK' && tried < REPAIRS_MAX) {
    await queue.send(
      [{ kind: 'repair', findingId, approvedAt: at, tried: tried + 1 }],
      REPAIR_AGAIN_SECONDS,
    );
    return { outcome: 'waiting', finding };
  }
  const reason = { by: RECONCILER, now, lastError: `${code}: ${detail}` };
  const after =
    command.action === 'postCount'
      ? await afterRefusedCount(ports, { finding, approval, count: command.count, code, reason })
      : await changeFinding(findings, findingId, (before = finding) =>
          rejected(before, approval, reason),
        );
  return { outcome: 'rejected', finding: after };
}

async function countPosted(
  counts: CountStore,
  { countId, delta }: CountToPost,
  now: Instant,
): Promise<void> {
  const count = await counts.get(countId);
  if (count?.status !== 'PENDING_APPROVAL') return;
  await counts.save({
    ...count,
    delta,
    status: 'POSTED',
    version: count.version + 1,
    updatedAt: toIso(now),
  });
}

/** Cancels the orders that were seen when the count was approved, and no others. */
async function cancelOrders(
  { audits, owners }: RepairPorts,
  { findingId, correlationId }: Finding,
  { command: approved, by }: Approval,
): Promise<void> {
  for (const { orderId, version } of (await audits.ordersById(shortOf(approved))).items) {
    const command = { action: 'cancelOrder', orderId, version } as const;
    const result = await owners.repair({ findingId, command, by, correlationId });
    if (!result.ok)
      log.warn('an order that cannot be kept was not cancelled', {
        orderId,
        code: result.refusal.code,
      });
  }
}
