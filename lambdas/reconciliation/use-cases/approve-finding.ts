import type { Instant } from '../../shared/core/instant.ts';
import { err, ok, type Result } from '../../shared/core/result.ts';
import { type ApproveError, decideApprove } from '../domain/approval.ts';
import type { Finding } from '../domain/finding.ts';
import type { RepairPorts } from './ports.ts';
import { repairApproved } from './repair-finding.ts';
import { decideOnFinding } from './update-finding.ts';

type ApproveFindingInput = {
  readonly findingId: string;
  /** Revision of the finding that the person saw. */
  readonly revision: number;
  readonly orderDecision?: 'cancel' | 'keep' | undefined;
  readonly note?: string | undefined;
  readonly by: string;
  readonly now: Instant;
};
type NotFound = { readonly kind: 'notFound' };
type RepairRejected = { readonly kind: 'repairRejected'; readonly reason: string };

/** Does the repair at once, where its owner does it. A repair that waits for orders to be cancelled stays APPROVED meanwhile. */
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

/** Units that a count may take without the orders that it leaves short; undefined for a finding that is no count. */
async function loadAvailableUnits(
  { findings, audits }: RepairPorts,
  findingId: string,
): Promise<number | undefined> {
  const command = (await findings.get(findingId))?.repair?.command;
  if (command?.action !== 'postCount') return undefined;
  const { count } = command;
  return (await audits.countBasis({ ...count, at: count.countedAt }))?.available;
}
