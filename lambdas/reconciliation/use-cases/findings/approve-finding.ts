import type { Instant } from '../../../shared/core/instant.ts';
import { err, ok, type Result } from '../../../shared/core/result.ts';
import { type ApproveError, decideApprove } from '../../domain/approval.ts';
import type { Finding } from '../../domain/finding.ts';
import type { RepairPorts } from '../ports.ts';
import { repairApproved } from './repair-finding.ts';
import { decideOnFinding } from './update-finding.ts';

type ApproveFindingInput = {
  readonly findingId: string;
  /** Revision of the finding that the person read. */
  readonly revision: number;
  readonly orderDecision?: 'cancel' | 'keep' | undefined;
  readonly note?: string | undefined;
  readonly by: string;
  readonly now: Instant;
};
type NotFound = { readonly kind: 'notFound' };
type RepairRejected = { readonly kind: 'repairRejected'; readonly reason: string };

/**
 * Approves the proposed repair and sends it to its owner. The finding stays APPROVED while the
 * repair waits for cancelled orders to release their units.
 */
export async function approveFinding(
  ports: RepairPorts,
  input: ApproveFindingInput,
): Promise<Result<Finding, ApproveError | NotFound | RepairRejected>> {
  const { findingId, orderDecision } = input;
  const available =
    orderDecision === 'keep' ? await loadAvailableUnits(ports, findingId) : undefined;
  const approval = await decideOnFinding(ports.findings, findingId, (finding) =>
    decideApprove(finding, { ...input, available }),
  );
  if (!approval.ok) return approval;
  const { outcome, finding } = await repairApproved(ports, approval.value, 0, input.now);
  return outcome === 'rejected'
    ? err({ kind: 'repairRejected', reason: finding.lastError ?? '' })
    : ok(finding);
}

/**
 * Returns the available units at the location of a count. Undefined for another kind of finding.
 */
async function loadAvailableUnits(
  { findings, audits }: RepairPorts,
  findingId: string,
): Promise<number | undefined> {
  const command = (await findings.get(findingId))?.repair?.command;
  if (command?.action !== 'postCount') return undefined;
  const { count } = command;
  return (await audits.countBasis({ ...count, at: count.countedAt }))?.available;
}
