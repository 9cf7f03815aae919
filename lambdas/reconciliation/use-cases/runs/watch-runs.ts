import { RUN_SECONDS_MAX } from '../../../contracts/api/reconciliation.ts';
import { type Instant, MILLISECONDS_PER_SECOND } from '../../../shared/core/instant.ts';
import { tryRead } from '../../../shared/core/unreadable-record.ts';
import { logger } from '../../../shared/observability/logger.ts';
import { pendingSegmentsOf } from '../../domain/phases.ts';
import { failRun, RECONCILER, type Run } from '../../domain/run.ts';
import { iterateFindings } from '../findings/close-findings.ts';
import type { FindingStore, Metrics, RunStore, WorkQueue } from '../ports.ts';

type MetricValues = Parameters<Metrics['putMetrics']>[0];
type WatchRunsPorts = {
  readonly runs: RunStore;
  readonly findings: FindingStore;
  readonly queue: WorkQueue;
  readonly metrics: Metrics;
};

/** Time without progress after which the segments of a run are sent again: a message was lost. */
const IDLE_SECONDS = 30 * 60;
const RECENT_RUNS_MAX = 50;
const TIMEOUT_REASON = `it did not complete within ${RUN_SECONDS_MAX / 3_600} hours`;

/**
 * Writes metrics of the open findings and of the age of the last completed run. Sends the segments
 * of stopped runs again, and fails runs that exceed the time limit. Runs each hour. A zero is not
 * written, because a metric is billed for each hour that has a value.
 */
export async function watchRuns(
  { runs, findings, queue, metrics }: WatchRunsPorts,
  now: Instant,
): Promise<void> {
  const { items } = await runs.list({ limit: RECENT_RUNS_MAX });
  let failures = 0;
  for (const run of items.filter(({ status }) => status === 'RUNNING')) {
    if (await failOrResume({ runs, queue }, run, now)) failures += 1;
  }
  let open = 0;
  let units = 0;
  for await (const finding of iterateFindings(findings, 'OPEN')) {
    open += 1;
    units += finding.units;
  }
  metrics.putMetrics({
    ...toCountMetric('FindingsOpen', open),
    ...toCountMetric('DriftUnits', units),
    ...toCountMetric('ReconciliationsFailed', failures),
    ...toAgeMetric(items, now),
  });
}

const toCountMetric = (name: string, value: number): MetricValues =>
  value === 0 ? {} : { [name]: { value, unit: 'Count' } };

/**
 * Returns the time since the last completed run. Without one, returns the time since the oldest run
 * started. Returns no metric for a new stage without runs.
 */
function toAgeMetric(runs: readonly Run[], now: Instant): MetricValues {
  const lastCompleted = runs.find(({ status }) => status === 'COMPLETED');
  const since = lastCompleted?.finishedAt ?? lastCompleted?.startedAt ?? runs.at(-1)?.startedAt;
  return since === undefined
    ? {}
    : { LastReconciliationAge: { value: secondsSince(since, now), unit: 'Seconds' } };
}

const UNREADABLE_REASON = 'a record of its progress cannot be read';

async function failOrResume(
  { runs, queue }: Pick<WatchRunsPorts, 'runs' | 'queue'>,
  run: Run,
  now: Instant,
): Promise<boolean> {
  const segments = await tryRead(() => runs.listSegments(run.reconciliationId));
  // A run whose progress cannot be read cannot complete.
  if (segments === undefined) return runs.save(failRun(run, [], UNREADABLE_REASON, now));
  if (secondsSince(run.startedAt, now) > RUN_SECONDS_MAX) {
    logger.error('reconciliation timed out', new Error(TIMEOUT_REASON), {
      reconciliationId: run.reconciliationId,
      by: RECONCILER,
    });
    return runs.save(failRun(run, segments, TIMEOUT_REASON, now));
  }
  const lastProgressAt =
    [run.updatedAt, ...segments.map(({ updatedAt }) => updatedAt)].sort().at(-1) ?? run.startedAt;
  if (secondsSince(lastProgressAt, now) > IDLE_SECONDS) {
    await queue.send(
      pendingSegmentsOf(run, segments).map((segmentId) => ({ kind: 'scan', segmentId })),
    );
  }
  return false;
}

const secondsSince = (at: string, now: Instant): number =>
  (now - Date.parse(at)) / MILLISECONDS_PER_SECOND;
