import type { Instant } from '../../../shared/core/instant.ts';
import { nextVersion } from '../../../shared/core/next-version.ts';
import { logger } from '../../../shared/observability/logger.ts';
import { recordRejection, recordRepair } from '../../domain/approval.ts';
import type { Approval, Finding } from '../../domain/finding.ts';
import { type CountToPost, unfulfillableOrdersOf } from '../../domain/repair.ts';
import { RECONCILER } from '../../domain/run.ts';
import { reviseRejectedCount } from '../counts/rejected-count.ts';
import type { CountStore, RepairPorts } from '../ports.ts';
import { updateFinding } from './update-finding.ts';

/**
 * Delay of the next attempt to post a count: cancelled orders release their units within seconds.
 */
export const REPAIR_RETRY_SECONDS = 15;
export const REPAIR_ATTEMPTS_MAX = 40;

type RepairAttempt = {
  readonly outcome: 'notApproved' | 'repaired' | 'rejected' | 'waiting';
  readonly finding: Finding;
};

/**
 * Sends the approved command in the name of its approver. A rejection reopens the finding with the
 * reason.
 */
export async function repairApproved(
  ports: RepairPorts,
  finding: Finding,
  attempt: number,
  now: Instant,
): Promise<RepairAttempt> {
  const { findings, repairs, queue } = ports;
  const { findingId, status, approval, correlationId } = finding;
  if (status !== 'APPROVED' || approval === undefined) return { outcome: 'notApproved', finding };
  const { command, by, orderDecision, at } = approval;
  if (orderDecision === 'cancel' && attempt === 0)
    await cancelUnfulfillableOrders(ports, finding, approval);
  const result = await repairs.repair({ findingId, command, by, correlationId });
  if (result.ok) {
    logger.info('finding repaired', { findingId, kind: finding.kind, action: command.action });
    if (command.action === 'postCount') await recordPostedCount(ports.counts, command.count, now);
    const updated = await updateFinding(findings, findingId, (before = finding) =>
      recordRepair(before, approval, now),
    );
    return { outcome: 'repaired', finding: updated };
  }
  const { code, detail } = result.error;
  if (
    orderDecision === 'cancel' &&
    code === 'INSUFFICIENT_STOCK' &&
    attempt < REPAIR_ATTEMPTS_MAX
  ) {
    await queue.send(
      [{ kind: 'repair', findingId, approvedAt: at, attempt: attempt + 1 }],
      REPAIR_RETRY_SECONDS,
    );
    return { outcome: 'waiting', finding };
  }
  const rejection = { by: RECONCILER, now, lastError: `${code}: ${detail}` };
  const updated =
    command.action === 'postCount'
      ? await reviseRejectedCount(ports, {
          finding,
          approval,
          count: command.count,
          code,
          rejection,
        })
      : await updateFinding(findings, findingId, (before = finding) =>
          recordRejection(before, approval, rejection),
        );
  return { outcome: 'rejected', finding: updated };
}

async function recordPostedCount(
  counts: CountStore,
  { countId, delta }: CountToPost,
  now: Instant,
): Promise<void> {
  const count = await counts.get(countId);
  if (count?.status !== 'PENDING_APPROVAL') return;
  await counts.save(nextVersion({ ...count, delta, status: 'POSTED' }, now));
}

/** Cancels the orders that the approval named, and no others. */
async function cancelUnfulfillableOrders(
  { audits, repairs }: RepairPorts,
  { findingId, correlationId }: Finding,
  { command: approved, by }: Approval,
): Promise<void> {
  for (const { orderId, version } of (await audits.ordersById(unfulfillableOrdersOf(approved)))
    .items) {
    const command = { action: 'cancelOrder', orderId, version } as const;
    const result = await repairs.repair({ findingId, command, by, correlationId });
    if (!result.ok)
      logger.warn('unfulfillable order not cancelled', {
        orderId,
        code: result.error.code,
      });
  }
}
