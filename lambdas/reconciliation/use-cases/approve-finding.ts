import { RetryLaterError } from '../../shared/core/errors.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { err, ok, type Result } from '../../shared/core/result.ts';
import {
  type ApproveError,
  type DismissError,
  decideApprove,
  decideDismiss,
} from '../domain/approval.ts';
import type { Finding } from '../domain/finding.ts';
import type { FindingStore } from './ports.ts';
import { type RepairPorts, repairApproved } from './repair-finding.ts';

type FindingDecisionInput = {
  readonly findingId: string;
  /** Revision of the finding that the person saw. */
  readonly revision: number;
  readonly note?: string | undefined;
  readonly by: string;
  readonly now: Instant;
};
type NotFound = { readonly kind: 'notFound' };
type RepairRejected = { readonly kind: 'repairRejected'; readonly reason: string };

/** Does the repair at once, where its owner does it. A repair that waits for orders to be cancelled stays APPROVED meanwhile. */
export async function approveFinding(
  ports: RepairPorts,
  {
    orderDecision,
    ...input
  }: FindingDecisionInput & { readonly orderDecision?: 'cancel' | 'keep' | undefined },
): Promise<Result<Finding, ApproveError | NotFound | RepairRejected>> {
  const { findings } = ports;
  const available =
    orderDecision === 'keep' ? await loadAvailableUnits(ports, input.findingId) : undefined;
  const approval = await decideOnFinding(findings, input.findingId, (finding) =>
    decideApprove(finding, { ...input, orderDecision, available }),
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

export const dismissFinding = (
  findings: FindingStore,
  input: FindingDecisionInput,
): Promise<Result<Finding, DismissError | NotFound>> =>
  decideOnFinding(findings, input.findingId, (finding) => decideDismiss(finding, input));

const ATTEMPTS_MAX = 8;

async function decideOnFinding<E>(
  findings: FindingStore,
  findingId: string,
  decide: (finding: Finding) => Result<Finding, E>,
): Promise<Result<Finding, E | NotFound>> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const before = await findings.get(findingId);
    if (before === undefined) return err({ kind: 'notFound' });
    const decision = decide(before);
    if (!decision.ok || decision.value === before) return decision;
    if (await findings.save(decision.value)) return decision;
  }
  throw new RetryLaterError(`finding ${findingId} stayed busy for ${ATTEMPTS_MAX} tries`);
}
