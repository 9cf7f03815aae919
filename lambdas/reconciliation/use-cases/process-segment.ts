import { deriveId } from '../../shared/core/fingerprint.ts';
import { type Instant, MILLISECONDS_PER_SECOND, toIso } from '../../shared/core/instant.ts';
import { err, ok, type Result } from '../../shared/core/result.ts';
import { tryRead } from '../../shared/core/unreadable-record.ts';
import { GRACE_SECONDS } from '../../shared/events/delivery-times.ts';
import { logger } from '../../shared/observability/logger.ts';
import { ATTENTION_SECONDS } from '../domain/check-orders.ts';
import type { RepairPolicy } from '../domain/repair.ts';
import {
  advanceSegment,
  completeRun,
  createRun,
  createSegment,
  isNextPhase,
  pendingSegmentsOf,
  type Run,
  type Segment,
  type SegmentId,
} from '../domain/run.ts';
import { closeResolvedFindings, iterateFindings } from './close-findings.ts';
import type { Metrics } from './ports.ts';
import { deferRepair, RECONCILER, type RepairPorts, repairInRun } from './repair-finding.ts';
import { reportFinding } from './report-finding.ts';
import type { ScanPorts } from './scan-input.ts';
import { scanPage } from './scan-page.ts';

export type RunPorts = RepairPorts & ScanPorts & { readonly metrics: Metrics };

export type StartReconciliationInput = {
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
  input: StartReconciliationInput,
): Promise<Result<Run, { readonly kind: 'keyReused' }>> {
  const { now, ...runInput } = input;
  const created = createRun(runInput, now);
  const run = (await runs.save(created))
    ? created
    : ((await runs.get(input.reconciliationId)) ?? created);
  if (run.fingerprint !== input.fingerprint) return err({ kind: 'keyReused' });
  if (run.status === 'RUNNING') await sendPendingSegments({ runs, queue }, run);
  return ok(run);
}

async function sendPendingSegments(
  { runs, queue }: Pick<RunPorts, 'runs' | 'queue'>,
  run: Run,
): Promise<readonly SegmentId[]> {
  const parts = pendingSegmentsOf(run, await runs.listSegments(run.reconciliationId));
  await queue.send(parts.map((segmentId) => ({ kind: 'scan', segmentId })));
  return parts;
}

/** The same scheduled time is the same run, however often the schedule sends it. */
export function startScheduledReconciliation(
  ports: Pick<RunPorts, 'runs' | 'queue'>,
  { scheduledTime, full = false, segments, now }: StartScheduledInput,
): Promise<Result<Run, { readonly kind: 'keyReused' }>> {
  const at = scheduledTime ?? toIso(now).slice(0, MINUTE_CHARACTERS);
  const reconciliationId = `rec_${deriveId('scheduled', at)}`;
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
type StartScheduledInput = {
  readonly scheduledTime?: string | undefined;
  readonly full?: boolean | undefined;
  readonly segments: number;
  readonly now: Instant;
};
const MINUTE_CHARACTERS = 'YYYY-MM-DDTHH:MM'.length;

export type ProcessSegmentInput = {
  readonly segmentId: SegmentId;
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
export async function processSegment(ports: RunPorts, input: ProcessSegmentInput): Promise<void> {
  const { segmentId, policy, deadline, repairDeadline, clock } = input;
  const { runs, queue } = ports;
  const run = await runs.get(segmentId.reconciliationId);
  if (run === undefined || run.status !== 'RUNNING') return;
  const attentionSeconds = policy.isAutomatic ? GRACE_SECONDS : ATTENTION_SECONDS;
  let segment = (await runs.getSegment(segmentId)) ?? createSegment(segmentId, clock());
  const isResumedAtEnd = segment.isDone;
  while (!segment.isDone) {
    const { detections, ...page } = await scanPage(
      ports,
      { run, segment, attentionSeconds },
      clock(),
    );
    for (const detection of detections) {
      const context = { ...run, by: RECONCILER, now: clock() };
      // A finding whose own record cannot be read is one of the records that the run walks.
      const finding = await tryRead(() => reportFinding(ports.findings, detection, context));
      if (finding === undefined) continue;
      const { findingId } = finding;
      // Before the repair: a worker that dies behind it does not meet the disagreement again.
      await runs.recordRunFinding(run.reconciliationId, findingId, false);
      if (clock() >= repairDeadline) {
        await deferRepair(ports, { run, finding, policy }, clock());
        continue;
      }
      const isRepaired = await repairInRun(ports, { run, finding, policy }, clock());
      if (isRepaired) await runs.recordRunFinding(run.reconciliationId, findingId, true);
    }
    segment = advanceSegment(segment, page, clock());
    if (!(await runs.saveSegment(segment))) return;
    // At least a page for each message, so that a run comes to its end.
    if (!segment.isDone && clock() >= deadline) return queue.send([{ kind: 'scan', segmentId }]);
  }
  await advancePhase(ports, run, { ...input, isEnd: isResumedAtEnd });
}

/** Continues after a part that is done: the worker that ends a phase sends the next, and the one that ends the last concludes the run. */
async function advancePhase(
  ports: RunPorts,
  run: Run,
  input: ProcessSegmentInput & { readonly isEnd: boolean },
): Promise<void> {
  const { segmentId, deadline, isEnd, clock } = input;
  const segments = await ports.runs.listSegments(run.reconciliationId);
  const pending = pendingSegmentsOf(run, segments);
  if (pending.length > 0) {
    if (isNextPhase(segmentId, pending))
      await ports.queue.send(pending.map((segmentId) => ({ kind: 'scan', segmentId })));
    return;
  }
  // A message that walks no page has all its time for the end of the run.
  if (!isEnd && clock() >= deadline) return ports.queue.send([{ kind: 'scan', segmentId }]);
  await concludeRun(ports, run, segments, input);
}

async function concludeRun(
  ports: RunPorts,
  run: Run,
  segments: readonly Segment[],
  input: ProcessSegmentInput,
): Promise<void> {
  const { runs, findings, metrics } = ports;
  await finishApprovedRepairs(ports, run, input);
  const now = input.clock();
  const runFindings = await runs.listRunFindings(run.reconciliationId);
  const outcome = {
    findings: runFindings.size,
    repaired: [...runFindings.values()].filter(({ isRepaired }) => isRepaired).length,
  };
  const finishedRun = completeRun(run, segments, outcome, now);
  await closeResolvedFindings(findings, finishedRun, new Set(runFindings.keys()), now);
  if (!(await runs.save(finishedRun))) return;
  const { reconciliationId, checked, unsettledCells } = finishedRun;
  logger.info('reconciliation completed', {
    reconciliationId,
    ...checked,
    unsettledCells,
    ...outcome,
  });
  const seconds = (now - Date.parse(run.startedAt)) / MILLISECONDS_PER_SECOND;
  metrics.putMetrics({
    ReconciliationsCompleted: { value: 1, unit: 'Count' },
    CellsChecked: { value: checked.cells, unit: 'Count' },
    OrdersChecked: { value: checked.orders, unit: 'Count' },
    CellsUnsettled: { value: unsettledCells, unit: 'Count' },
    ReconciliationDuration: { value: seconds, unit: 'Seconds' },
  });
}

/** Sends approved repairs whose worker died, or whose owner was away, again: the owner does each once. */
async function finishApprovedRepairs(
  ports: RunPorts,
  run: Run,
  { policy, repairDeadline, clock }: ProcessSegmentInput,
): Promise<void> {
  const { runs, findings } = ports;
  const runFindings = await runs.listRunFindings(run.reconciliationId);
  const findingIds = new Set(runFindings.keys());
  for await (const { findingId } of iterateFindings(findings, 'APPROVED'))
    findingIds.add(findingId);
  for (const findingId of findingIds) {
    const finding = await tryRead(() => findings.get(findingId));
    if (finding === undefined) continue;
    if (finding.status === 'APPROVED' && clock() < repairDeadline)
      await repairInRun(ports, { run, finding, policy }, clock());
    const isRepaired = (await findings.get(findingId))?.status === 'REPAIRED';
    if (isRepaired && runFindings.get(findingId)?.isRepaired === false)
      await runs.recordRunFinding(run.reconciliationId, findingId, true);
  }
}
