import { RUN_SECONDS_MAX } from '../../contracts/reconciliation-api.ts';
import { type Instant, MILLISECONDS_PER_SECOND } from '../../shared/core/instant.ts';
import { unlessUnreadable } from '../../shared/core/unreadable.ts';
import { log } from '../../shared/observability/logger.ts';
import { failed, openParts, type Run } from '../domain/run.ts';
import { eachOf } from './close-findings.ts';
import type { FindingStore, Gauges, RunStore, WorkQueue } from './ports.ts';
import { RECONCILER } from './repair-finding.ts';

type Values = Parameters<Gauges['put']>[0];
type Ports = {
  readonly runs: RunStore;
  readonly findings: FindingStore;
  readonly queue: WorkQueue;
  readonly gauges: Gauges;
};

/** A part that made no progress for so long has lost its message: it is sent again. */
const IDLE_SECONDS = 30 * 60;
const RECENT_RUNS = 50;
const GIVEN_UP = `it did not end within ${RUN_SECONDS_MAX / 3_600} hours`;

/**
 * Writes the state of the findings and the age of the last good run as metrics, each hour. Sends the parts of runs that stopped again, and
 * gives up runs that take too long. A count of zero is not written: a metric is billed for each hour that has a value.
 */
export async function watchRuns(
  { runs, findings, queue, gauges }: Ports,
  now: Instant,
): Promise<void> {
  const { items } = await runs.list({ limit: RECENT_RUNS });
  let failures = 0;
  for (const run of items.filter(({ status }) => status === 'RUNNING')) {
    if (await isGivenUp({ runs, queue }, run, now)) failures += 1;
  }
  let open = 0;
  let units = 0;
  for await (const finding of eachOf(findings, 'OPEN')) {
    open += 1;
    units += finding.units;
  }
  gauges.put({
    ...unlessZero('FindingsOpen', open),
    ...unlessZero('DriftUnits', units),
    ...unlessZero('ReconciliationsFailed', failures),
    ...ageOfLastRun(items, now),
  });
}

const unlessZero = (name: string, value: number): Values =>
  value === 0 ? {} : { [name]: { value, unit: 'Count' } };

/**
 * Returns the time since a run finished. Before the first one finished, the time since the oldest run started; before any started,
 * nothing: a stage that is new has no age.
 */
function ageOfLastRun(runs: readonly Run[], now: Instant): Values {
  const last = runs.find(({ status }) => status === 'COMPLETED');
  const since = last?.finishedAt ?? last?.startedAt ?? runs.at(-1)?.startedAt;
  return since === undefined
    ? {}
    : { LastReconciliationAge: { value: secondsSince(since, now), unit: 'Seconds' } };
}

const UNREADABLE = 'a record of its progress cannot be read';

async function isGivenUp(
  { runs, queue }: Pick<Ports, 'runs' | 'queue'>,
  run: Run,
  now: Instant,
): Promise<boolean> {
  const segments = await unlessUnreadable(() => runs.segments(run.reconciliationId));
  // How far it has come cannot be told, so it does not come to its end.
  if (segments === undefined) return runs.save(failed(run, [], UNREADABLE, now));
  if (secondsSince(run.startedAt, now) > RUN_SECONDS_MAX) {
    log.error('reconciliation given up', new Error(GIVEN_UP), {
      reconciliationId: run.reconciliationId,
      by: RECONCILER,
    });
    return runs.save(failed(run, segments, GIVEN_UP, now));
  }
  const latest =
    [run.updatedAt, ...segments.map(({ updatedAt }) => updatedAt)].sort().at(-1) ?? run.startedAt;
  if (secondsSince(latest, now) > IDLE_SECONDS) {
    await queue.send(openParts(run, segments).map((part) => ({ kind: 'part', part })));
  }
  return false;
}

const secondsSince = (at: string, now: Instant): number =>
  (now - Date.parse(at)) / MILLISECONDS_PER_SECOND;
