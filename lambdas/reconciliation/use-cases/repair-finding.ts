import { type Instant, toIso } from '../../shared/instant.ts';
import { log } from '../../shared/logger.ts';
import { type Finding, stepped } from '../domain/finding.ts';
import {
  type CountToPost,
  isAutomatic,
  isWithinCaps,
  type RepairCommand,
  type RepairPolicy,
} from '../domain/repair.ts';
import type { Run } from '../domain/run.ts';
import type { Audits, CountStore, FindingStore, Owners, RunStore, WorkQueue } from './ports.ts';
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
const REPAIRS_MAX = 40;

/** What policy allows without a person is done now, within the run's caps. Answers whether it was repaired. */
export async function repairByPolicy(
  { runs, ...ports }: RepairPorts & { readonly runs: RunStore },
  { run, finding, policy }: { readonly run: Run; readonly finding: Finding; readonly policy: RepairPolicy },
  now: Instant,
): Promise<boolean> {
  const { repair, status, findingId } = finding;
  // A repair that was allowed, and whose worker died.
  if (status === 'APPROVED') return isRepaired(ports, finding, now);
  if (status !== 'OPEN' || repair === undefined || !isAutomatic(policy, repair)) return false;
  if (!isWithinCaps(policy, repair))
    return refuse(ports, finding, 'it is above the caps of automatic repair', now);
  const claim = await runs.claim(run, finding, repair, policy);
  if (claim !== 'claimed') {
    const why =
      claim === 'repairedBefore'
        ? 'something was repaired here in this run already'
        : 'the caps of automatic repair are used up for this run';
    return refuse(ports, finding, why, now);
  }
  const approved = await changeFinding(ports.findings, findingId, (before = finding) =>
    before.status === 'OPEN' ? stepped(before, { status: 'APPROVED', by: RECONCILER, now }) : before,
  );
  if (await isRepaired(ports, approved, now)) return true;
  await runs.unclaim(run, repair);
  return false;
}

const isRepaired = async (ports: RepairPorts, approved: Finding, now: Instant): Promise<boolean> =>
  (await repairApproved(ports, approved, { by: RECONCILER, tried: 0 }, now)).status === 'REPAIRED';

async function refuse(
  { findings }: RepairPorts,
  finding: Finding,
  why: string,
  now: Instant,
): Promise<false> {
  const lastError = `Not repaired by itself: ${why}.`;
  if (finding.lastError !== lastError) await backToOpen(findings, finding, lastError, now);
  return false;
}

type Attempt = { readonly by: string; readonly tried: number };

/** Asks the owner. What it refuses goes back to a person, with its reason; the next run looks again. */
export async function repairApproved(
  ports: RepairPorts,
  finding: Finding,
  { by, tried }: Attempt,
  now: Instant,
): Promise<Finding> {
  const { findings, owners, queue } = ports;
  const { findingId, repair, status, correlationId } = finding;
  if (status !== 'APPROVED' || repair === undefined) return finding;
  const command = await commandOf(ports, finding, { by, tried });
  const result = await owners.repair({ findingId, command, by, correlationId });
  if (result.ok) {
    log.info('finding repaired', { findingId, kind: finding.kind, action: command.action });
    if (command.action === 'postCount') await countPosted(ports.counts, command.count, now);
    return changeFinding(findings, findingId, (before = finding) =>
      before.status === 'APPROVED' ? stepped(before, { status: 'REPAIRED', by, now }) : before,
    );
  }
  const { code, detail } = result.refusal;
  const isWaiting = finding.orders === 'cancel' && code === 'INSUFFICIENT_STOCK' && tried < REPAIRS_MAX;
  if (isWaiting) {
    await queue.send([{ kind: 'repair', findingId, tried: tried + 1 }], REPAIR_AGAIN_SECONDS);
    return finding;
  }
  return backToOpen(findings, finding, `${code}: ${detail}`, now);
}

async function countPosted(counts: CountStore, { countId, delta }: CountToPost, now: Instant): Promise<void> {
  const count = await counts.get(countId);
  if (count === undefined || count.status === 'POSTED') return;
  await counts.save({ ...count, delta, status: 'POSTED', version: count.version + 1, updatedAt: toIso(now) });
}

const backToOpen = (
  findings: FindingStore,
  finding: Finding,
  lastError: string,
  now: Instant,
): Promise<Finding> =>
  changeFinding(findings, finding.findingId, (before = finding) =>
    before.status === 'OPEN' || before.status === 'APPROVED'
      ? stepped(before, { status: 'OPEN', by: RECONCILER, now, lastError })
      : before,
  );

/** Of a count that leaves orders without their units, what the approver decided about them comes first. */
async function commandOf(
  { audits, owners }: RepairPorts,
  { findingId, repair, orders, correlationId }: Finding,
  { by, tried }: Attempt,
): Promise<RepairCommand> {
  const command = repair?.command;
  if (command === undefined) throw new Error(`finding ${findingId} has no repair`);
  if (command.action !== 'postCount' || command.short.length === 0) return command;
  const { count, short } = command;
  if (orders === 'keep') {
    const basis = await audits.countBasis({ ...count, at: count.countedAt });
    return { ...command, count: { ...count, delta: Math.max(count.delta, -(basis?.available ?? 0)) } };
  }
  if (tried === 0) {
    for (const { orderId, version } of await audits.ordersById(short)) {
      const cancel = { action: 'cancelOrder', orderId, version } as const;
      const result = await owners.repair({ findingId, command: cancel, by, correlationId });
      if (!result.ok)
        log.warn('an order that cannot be kept was not cancelled', { orderId, code: result.refusal.code });
    }
  }
  return command;
}
