import { GRACE_SECONDS } from '../../contracts/audit-api.ts';
import { idFrom } from '../../shared/core/fingerprint.ts';
import { type Instant, MILLISECONDS_PER_SECOND, toIso } from '../../shared/core/instant.ts';
import { accepted, type Result, refused } from '../../shared/core/result.ts';
import { unlessUnreadable } from '../../shared/core/unreadable.ts';
import { log } from '../../shared/observability/logger.ts';
import { ATTENTION_SECONDS } from '../domain/check-orders.ts';
import type { RepairPolicy } from '../domain/repair.ts';
import {
  completed,
  isNextPhase,
  newRun,
  newSegment,
  openParts,
  type Part,
  type Run,
  type Segment,
  walked,
} from '../domain/run.ts';
import { closeWhatWentAway, eachOf } from './close-findings.ts';
import type { Gauges } from './ports.ts';
import { leaveForLater, RECONCILER, type RepairPorts, repairInRun } from './repair-finding.ts';
import { reportFinding } from './report-finding.ts';
import { walkPage } from './walk-page.ts';
import type { WalkPorts } from './walk-place.ts';

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
  const run = (await runs.save(fresh))
    ? fresh
    : ((await runs.get(command.reconciliationId)) ?? fresh);
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

export type Working = {
  readonly part: Part;
  readonly policy: RepairPolicy;
  /** No page, and no end of a run, is begun after it: the rest goes back into the queue. */
  readonly deadline: Instant;
  /** No repair is begun after it. */
  readonly repairDeadline: Instant;
  readonly clock: () => Instant;
};

/**
 * Walks a part page by page from where it stopped; each page's findings are reported before its cursor is saved, so that a
 * crash repeats a page and loses none. Two workers on one part do not count it twice: the cursor is saved by version.
 */
export async function workOnPart(ports: RunPorts, working: Working): Promise<void> {
  const { part, policy, deadline, repairDeadline, clock } = working;
  const { runs, queue } = ports;
  const run = await runs.get(part.reconciliationId);
  if (run === undefined || run.status !== 'RUNNING') return;
  const attentionSeconds = policy.mode === 'auto' ? GRACE_SECONDS : ATTENTION_SECONDS;
  let segment = (await runs.segment(part)) ?? newSegment(part, clock());
  const isEnd = segment.isDone;
  while (!segment.isDone) {
    const { detected, ...page } = await walkPage(
      ports,
      { run, segment, attentionSeconds },
      clock(),
    );
    for (const one of detected) {
      const context = { ...run, by: RECONCILER, now: clock() };
      // A finding whose own record cannot be read is one of the records that the run walks.
      const finding = await unlessUnreadable(() => reportFinding(ports.findings, one, context));
      if (finding === undefined) continue;
      const { findingId } = finding;
      // Before the repair: a worker that dies behind it does not meet the disagreement again.
      await runs.note(run.reconciliationId, findingId, false);
      if (clock() >= repairDeadline) {
        await leaveForLater(ports, { run, finding, policy }, clock());
        continue;
      }
      const isRepaired = await repairInRun(ports, { run, finding, policy }, clock());
      if (isRepaired) await runs.note(run.reconciliationId, findingId, true);
    }
    segment = walked(segment, page, clock());
    if (!(await runs.saveSegment(segment))) return;
    // At least a page for each message, so that a run comes to its end.
    if (!segment.isDone && clock() >= deadline) return queue.send([{ kind: 'part', part }]);
  }
  await goOn(ports, run, { ...working, isEnd });
}

/** Continues after a part that is done: the worker that ends a phase sends the next, and the one that ends the last concludes the run. */
async function goOn(
  ports: RunPorts,
  run: Run,
  working: Working & { readonly isEnd: boolean },
): Promise<void> {
  const { part, deadline, isEnd, clock } = working;
  const segments = await ports.runs.segments(run.reconciliationId);
  const open = openParts(run, segments);
  if (open.length > 0) {
    if (isNextPhase(part, open))
      await ports.queue.send(open.map((one) => ({ kind: 'part', part: one })));
    return;
  }
  // A message that walks no page has all its time for the end of the run.
  if (!isEnd && clock() >= deadline) return ports.queue.send([{ kind: 'part', part }]);
  await conclude(ports, run, segments, working);
}

async function conclude(
  ports: RunPorts,
  run: Run,
  segments: readonly Segment[],
  working: Working,
): Promise<void> {
  const { runs, findings, gauges } = ports;
  await finishRepairs(ports, run, working);
  const now = working.clock();
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
async function finishRepairs(
  ports: RunPorts,
  run: Run,
  { policy, repairDeadline, clock }: Working,
): Promise<void> {
  const { runs, findings } = ports;
  const met = await runs.noted(run.reconciliationId);
  const waiting = new Set(met.keys());
  for await (const { findingId } of eachOf(findings, 'APPROVED')) waiting.add(findingId);
  for (const findingId of waiting) {
    const finding = await unlessUnreadable(() => findings.get(findingId));
    if (finding === undefined) continue;
    if (finding.status === 'APPROVED' && clock() < repairDeadline)
      await repairInRun(ports, { run, finding, policy }, clock());
    const isRepaired = (await findings.get(findingId))?.status === 'REPAIRED';
    if (isRepaired && met.get(findingId)?.isRepaired === false)
      await runs.note(run.reconciliationId, findingId, true);
  }
}
