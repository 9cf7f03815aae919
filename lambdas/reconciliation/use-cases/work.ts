import { isTransient } from '../../shared/core/faults.ts';
import { type Instant, MILLISECONDS_PER_SECOND } from '../../shared/core/instant.ts';
import { UnreadableRecord, unlessUnreadable } from '../../shared/core/unreadable.ts';
import { log } from '../../shared/observability/logger.ts';
import type { RepairPolicy } from '../domain/repair.ts';
import {
  failed,
  MISSES_MAX,
  missed,
  newSegment,
  type Part,
  retrySecondsAfter,
} from '../domain/run.ts';
import type { Work } from './ports.ts';
import { type RunPorts, workOnPart } from './reconcile.ts';
import { REPAIR_AGAIN_SECONDS, REPAIRS_MAX, repairApproved } from './repair-finding.ts';

type Worker = {
  readonly policy: RepairPolicy;
  /** No page is begun after them. */
  readonly seconds: number;
  /** No repair is begun after them. */
  readonly repairSeconds: number;
  readonly clock: () => Instant;
};

/**
 * Does the work of one message. What fails is sent again soon, with its reason on record: a message that only came back would wait for
 * the queue's visibility timeout, without a visible reason.
 */
export async function work(ports: RunPorts, one: Work, worker: Worker): Promise<void> {
  const { policy, seconds, repairSeconds, clock } = worker;
  if (one.kind === 'repair') return workOnRepair(ports, one, clock);
  const { part } = one;
  const startedAt = clock();
  const deadline = startedAt + seconds * MILLISECONDS_PER_SECOND;
  const repairDeadline = startedAt + repairSeconds * MILLISECONDS_PER_SECOND;
  try {
    await workOnPart(ports, { part, policy, deadline, repairDeadline, clock });
  } catch (fault) {
    // A run that cannot read how far it has come cannot end: the next run finds the record.
    if (fault instanceof UnreadableRecord) return fail(ports, part, fault, clock());
    await retry(ports, part, fault, clock());
  }
}

async function retry(ports: RunPorts, part: Part, fault: unknown, now: Instant): Promise<void> {
  const { runs, queue } = ports;
  const error = messageOf(fault);
  const segment = missed((await runs.segment(part)) ?? newSegment(part, now), error, now);
  // Another worker has the part in hand, and goes on with it.
  if (!(await runs.saveSegment(segment))) return;
  const { miss } = segment;
  if (miss === undefined || miss.count >= MISSES_MAX) return fail(ports, part, fault, now);
  const told = { ...part, misses: miss.count };
  if (isTransient(fault)) log.warn('part of a reconciliation missed', { ...told, error });
  else log.error('part of a reconciliation failed', fault, told);
  await queue.send([{ kind: 'part', part }], retrySecondsAfter(miss));
}

/** Ends the run as FAILED, so that no caller waits for it. */
async function fail(
  { runs, gauges }: RunPorts,
  part: Part,
  fault: unknown,
  now: Instant,
): Promise<void> {
  const { reconciliationId, walk, segment } = part;
  log.error('reconciliation failed', fault, { ...part });
  // A run whose own record cannot be read is nothing that could be marked.
  const run = await unlessUnreadable(() => runs.get(reconciliationId));
  if (run?.status !== 'RUNNING') return;
  const segments = (await unlessUnreadable(() => runs.segments(reconciliationId))) ?? [];
  const failure = `${walk} ${segment + 1}: ${messageOf(fault)}`;
  if (await runs.save(failed(run, segments, failure, now)))
    gauges.put({ ReconciliationsFailed: { value: 1, unit: 'Count' } });
}

async function workOnRepair(
  ports: RunPorts,
  one: Extract<Work, { kind: 'repair' }>,
  clock: () => Instant,
): Promise<void> {
  const { findings, queue } = ports;
  const finding = await findings.get(one.findingId);
  // A message of an approval before this one is out of date.
  if (finding?.approval?.at !== one.approvedAt) return;
  try {
    await repairApproved(ports, finding, one.tried, clock());
  } catch (fault) {
    // The next run sends it again in any case.
    if (one.tried >= REPAIRS_MAX) throw fault;
    log.warn('approved repair not confirmed', {
      findingId: one.findingId,
      error: messageOf(fault),
    });
    await queue.send([{ ...one, tried: one.tried + 1 }], REPAIR_AGAIN_SECONDS);
  }
}

const messageOf = (fault: unknown): string =>
  fault instanceof Error ? fault.message : String(fault);
