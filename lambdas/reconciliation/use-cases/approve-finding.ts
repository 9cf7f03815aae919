import { RetryLater } from '../../shared/faults.ts';
import type { Instant } from '../../shared/instant.ts';
import { accepted, type Result, refused } from '../../shared/result.ts';
import {
  type ApproveRefusal,
  type DismissRefusal,
  decideApprove,
  decideDismiss,
  type Finding,
} from '../domain/finding.ts';
import type { FindingStore } from './ports.ts';
import { type RepairPorts, repairApproved } from './repair-finding.ts';

type Asked = {
  readonly findingId: string;
  readonly note?: string | undefined;
  readonly by: string;
  readonly now: Instant;
};
type NotFound = { readonly kind: 'notFound' };
type NotDone = { readonly kind: 'notDone'; readonly reason: string };

/** The repair is done at once, where its owner does it; what waits for orders to be cancelled stays APPROVED meanwhile. */
export async function approveFinding(
  ports: RepairPorts,
  { orders, ...asked }: Asked & { readonly orders?: 'cancel' | 'keep' | undefined },
): Promise<Result<Finding, ApproveRefusal | NotFound | NotDone>> {
  const approved = await changed(ports.findings, asked.findingId, (finding) =>
    decideApprove(finding, { ...asked, orders }),
  );
  if (!approved.ok) return approved;
  const after = await repairApproved(ports, approved.value, { by: asked.by, tried: 0 }, asked.now);
  return after.status === 'OPEN'
    ? refused({ kind: 'notDone', reason: after.lastError ?? '' })
    : accepted(after);
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
