import { RetryLater } from '../../shared/core/faults.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { accepted, type Result, refused } from '../../shared/core/result.ts';
import {
  type ApproveRefusal,
  type DismissRefusal,
  decideApprove,
  decideDismiss,
} from '../domain/approval.ts';
import type { Finding } from '../domain/finding.ts';
import type { FindingStore } from './ports.ts';
import { type RepairPorts, repairApproved } from './repair-finding.ts';

type Asked = {
  readonly findingId: string;
  /** Revision of the finding that the person saw. */
  readonly revision: number;
  readonly note?: string | undefined;
  readonly by: string;
  readonly now: Instant;
};
type NotFound = { readonly kind: 'notFound' };
type NotDone = { readonly kind: 'notDone'; readonly reason: string };

/** Does the repair at once, where its owner does it. A repair that waits for orders to be cancelled stays APPROVED meanwhile. */
export async function approveFinding(
  ports: RepairPorts,
  { orders, ...asked }: Asked & { readonly orders?: 'cancel' | 'keep' | undefined },
): Promise<Result<Finding, ApproveRefusal | NotFound | NotDone>> {
  const { findings } = ports;
  const available = orders === 'keep' ? await availableFor(ports, asked.findingId) : undefined;
  const approved = await changed(findings, asked.findingId, (finding) =>
    decideApprove(finding, { ...asked, orders, available }),
  );
  if (!approved.ok) return approved;
  const { outcome, finding } = await repairApproved(ports, approved.value, 0, asked.now);
  return outcome === 'rejected'
    ? refused({ kind: 'notDone', reason: finding.lastError ?? '' })
    : accepted(finding);
}

/** Units that a count may take without the orders that it leaves short; undefined for a finding that is no count. */
async function availableFor(
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
  asked: Asked,
): Promise<Result<Finding, DismissRefusal | NotFound>> =>
  changed(findings, asked.findingId, (finding) => decideDismiss(finding, asked));

const TRIES_MAX = 8;

async function changed<Refusal>(
  findings: FindingStore,
  findingId: string,
  decide: (finding: Finding) => Result<Finding, Refusal>,
): Promise<Result<Finding, Refusal | NotFound>> {
  for (let tried = 0; tried < TRIES_MAX; tried += 1) {
    const before = await findings.get(findingId);
    if (before === undefined) return refused({ kind: 'notFound' });
    const decision = decide(before);
    if (!decision.ok || decision.value === before) return decision;
    if (await findings.save(decision.value)) return decision;
  }
  throw new RetryLater(`finding ${findingId} stayed busy for ${TRIES_MAX} tries`);
}
