import { GRACE_SECONDS } from '../../contracts/audit-api.ts';
import { idFrom } from '../../shared/fingerprint.ts';
import { type Instant, MILLISECONDS_PER_SECOND, toIso } from '../../shared/instant.ts';
import { log } from '../../shared/logger.ts';
import { accepted, type Result, refused } from '../../shared/result.ts';
import { UnreadableRecord, unlessUnreadable } from '../../shared/unreadable.ts';
import { ATTENTION_SECONDS } from '../domain/check-orders.ts';
import type { RepairPolicy } from '../domain/repair.ts';
import {
  completed,
  failed,
  newRun,
  newSegment,
  openParts,
  type Part,
  type Run,
  type Segment,
  walked,
} from '../domain/run.ts';
import { closeWhatWentAway, eachOf } from './close-findings.ts';
import type { Gauges, Work } from './ports.ts';
import { RECONCILER, type RepairPorts, repairApproved, repairInRun } from './repair-finding.ts';
import { reportFinding } from './report-finding.ts';
import { type WalkPorts, walkPage } from './walk-page.ts';

export type RunPorts = RepairPorts & WalkPorts & { readonly gauges: Gauges };

export type StartReconciliation = {
  readonly reconciliationId: string;
  readonly full: boolean;
  readonly segments: number;
  readonly fingerprint: string;
  readonly by: string;
  readonly correlationId: string;
  readonly now: Instant;
};

/** Begins a run; a repeat is the same run, and sends its work again in case the first request died before it did. */
export async function startReconciliation(
  { runs, queue }: Pick<RunPorts, 'runs' | 'queue'>,
  command: StartReconciliation,
): Promise<Result<Run, { readonly kind: 'keyReused' }>> {
  const { now, ...asked } = command;
  const fresh = newRun(asked, now);
  const run = (await runs.save(fresh)) ? fresh : ((await runs.get(command.reconciliationId)) ?? fresh);
  if (run.fingerprint !== command.fingerprint) return refused({ kind: 'keyReused' });
  if (run.status === 'RUNNING') await sendParts({ runs, queue }, run);
  return accepted(run);
}

async function sendParts(
  { runs, queue }: Pick<RunPorts, 'runs' | 'queue'>,
  run: Run,
): Promise<readonly Part[]> {
  const parts = openParts(run, await runs.segments(run.reconciliationId));
  await queue.send(parts.map((part) => ({ kind: 'part', part })));
  return parts;
}

/** The same scheduled time is the same run, however often the schedule sends it. */
export function startScheduledReconciliation(
  ports: Pick<RunPorts, 'runs' | 'queue'>,
  { scheduledTime, full = false, segments, now }: Scheduled,
): Promise<Result<Run, { readonly kind: 'keyReused' }>> {
  const at = scheduledTime ?? toIso(now).slice(0, MINUTE_CHARACTERS);
  const reconciliationId = `rec_${idFrom('scheduled', at)}`;
  return startReconciliation(ports, {
    reconciliationId,
    full,
    segments,
    fingerprint: 'scheduled',
    by: 'schedule',
    correlationId: reconciliationId,
    now,
  });
}
type Scheduled = {
  readonly scheduledTime?: string | undefined;
  readonly full?: boolean | undefined;
  readonly segments: number;
  readonly now: Instant;
};
const MINUTE_CHARACTERS = 'YYYY-MM-DDTHH:MM'.length;

type Worker = {
  readonly policy: RepairPolicy;
  /** No page is begun after them: the rest goes back into the queue. */
  readonly seconds: number;
  readonly clock: () => Instant;
};

/** One message of the queue. */
export async function work(ports: RunPorts, one: Work, { policy, seconds, clock }: Worker): Promise<void> {
  if (one.kind === 'part') {
    const deadline = clock() + seconds * MILLISECONDS_PER_SECOND;
    return orFail(ports, one.part, clock, () =>
      workOnPart(ports, { part: one.part, policy, deadline, clock }),
    );
  }
  const finding = await ports.findings.get(one.findingId);
  // A message of an approval before this one is out of date.
  if (finding?.approval?.at !== one.approvedAt) return;
  await repairApproved(ports, finding, one.tried, clock());
}

/**
 * A run that cannot read how far it has come does not come to its end. It fails at once, and does not wait in silence for the watch to
 * give it up; the next run finds the record. A run whose own record cannot be read is nothing that could be marked.
 */
async function orFail(
  { runs }: RunPorts,
  { reconciliationId }: Part,
  clock: () => Instant,
  walk: () => Promise<void>,
): Promise<void> {
  try {
    await walk();
  } catch (error) {
    if (!(error instanceof UnreadableRecord)) throw error;
    log.error('a reconciliation cannot read its own records', error, { reconciliationId });
    const run = await unlessUnreadable(() => runs.get(reconciliationId));
    if (run?.status === 'RUNNING') await runs.save(failed(run, [], clock()));
  }
}

type Working = Omit<Worker, 'seconds'> & { readonly part: Part; readonly deadline: Instant };

/**
 * Walks a part page by page from where it stopped; each page's findings are reported before its cursor is saved, so that a
 * crash repeats a page and loses none. Two workers on one part do not count it twice: the cursor is saved by version.
 */
export async function workOnPart(ports: RunPorts, { part, policy, deadline, clock }: Working): Promise<void> {
  const { runs, queue } = ports;
  const run = await runs.get(part.reconciliationId);
  if (run === undefined || run.status !== 'RUNNING') return;
  const attentionSeconds = policy.mode === 'auto' ? GRACE_SECONDS : ATTENTION_SECONDS;
  let segment = (await runs.segment(part)) ?? newSegment(part, clock());
  while (!segment.isDone) {
    const { detected, ...page } = await walkPage(ports, { run, segment, attentionSeconds }, clock());
    for (const one of detected) {
      const context = { ...run, by: RECONCILER, now: clock() };
      // A finding whose own record cannot be read is one of the records that the run walks.
      const finding = await unlessUnreadable(() => reportFinding(ports.findings, one, context));
      if (finding === undefined) continue;
      const { findingId } = finding;
      // Before the repair: a worker that dies behind it does not meet the disagreement again.
      await runs.note(run.reconciliationId, findingId, false);
      const isRepaired = await repairInRun(ports, { run, finding, policy }, clock());
      if (isRepaired) await runs.note(run.reconciliationId, findingId, true);
    }
    segment = walked(segment, page, clock());
    if (!(await runs.saveSegment(segment))) return;
    // At least a page for each message, so that a run comes to its end.
    if (!segment.isDone && clock() >= deadline) return queue.send([{ kind: 'part', part }]);
  }
  await goOn(ports, { run, policy }, part, clock());
}

type RunWithPolicy = { readonly run: Run; readonly policy: RepairPolicy };

/** A part is done: whoever finishes a phase sends the next one, and whoever finishes the last concludes the run. */
async function goOn(
  ports: RunPorts,
  { run, policy }: RunWithPolicy,
  done: Part,
  now: Instant,
): Promise<void> {
  const segments = await ports.runs.segments(run.reconciliationId);
  const open = openParts(run, segments);
  if (open.length === 0) return conclude(ports, { run, policy }, segments, now);
  const isNextPhase =
    !open.some(({ walk }) => walk === done.walk) && open.every(({ walk }) => walk === 'cells');
  if (isNextPhase) await ports.queue.send(open.map((part) => ({ kind: 'part', part })));
}

async function conclude(
  ports: RunPorts,
  { run, policy }: RunWithPolicy,
  segments: readonly Segment[],
  now: Instant,
): Promise<void> {
  const { runs, findings, gauges } = ports;
  await finishRepairs(ports, { run, policy }, now);
  const noted = await runs.noted(run.reconciliationId);
  const outcome = {
    findings: noted.size,
    repaired: [...noted.values()].filter(({ isRepaired }) => isRepaired).length,
  };
  const after = completed(run, segments, outcome, now);
  await closeWhatWentAway(findings, after, new Set(noted.keys()), now);
  if (!(await runs.save(after))) return;
  const { reconciliationId, checked, unsettled } = after;
  log.info('reconciliation completed', { reconciliationId, ...checked, unsettled, ...outcome });
  const seconds = (now - Date.parse(run.startedAt)) / MILLISECONDS_PER_SECOND;
  gauges.put({
    ReconciliationsCompleted: { value: 1, unit: 'Count' },
    CellsChecked: { value: checked.cells, unit: 'Count' },
    OrdersChecked: { value: checked.orders, unit: 'Count' },
    CellsUnsettled: { value: unsettled, unit: 'Count' },
    ReconciliationDuration: { value: seconds, unit: 'Seconds' },
  });
}

/** Sends approved repairs whose worker died, or whose owner was away, again: the owner does each once. */
async function finishRepairs(ports: RunPorts, { run, policy }: RunWithPolicy, now: Instant): Promise<void> {
  const { runs, findings } = ports;
  const met = await runs.noted(run.reconciliationId);
  const waiting = new Set(met.keys());
  for await (const { findingId } of eachOf(findings, 'APPROVED')) waiting.add(findingId);
  for (const findingId of waiting) {
    const finding = await unlessUnreadable(() => findings.get(findingId));
    if (finding === undefined) continue;
    if (finding.status === 'APPROVED') await repairInRun(ports, { run, finding, policy }, now);
    const isRepaired = (await findings.get(findingId))?.status === 'REPAIRED';
    if (isRepaired && met.get(findingId)?.isRepaired === false)
      await runs.note(run.reconciliationId, findingId, true);
  }
}
