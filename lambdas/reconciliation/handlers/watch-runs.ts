import { ScheduledRun } from '../../contracts/api/reconciliation.ts';
import { scheduleHandler } from '../../shared/events/schedule-handler.ts';
import { watchRuns } from '../use-cases/runs/watch-runs.ts';
import { findingStore, metrics, runStore, workQueue } from '../wiring.ts';

const ports = {
  runs: runStore(),
  findings: findingStore(),
  queue: workQueue(),
  metrics: metrics(),
};

export const handler = scheduleHandler({
  input: ScheduledRun,
  run: (_input, now) => watchRuns(ports, now),
});
