import { ScheduledRun } from '../../contracts/api/reconciliation.ts';
import { scheduleHandler } from '../../shared/events/schedule-handler.ts';
import { startScheduledReconciliation } from '../use-cases/runs/start-reconciliation.ts';
import { runStore, segments, workQueue } from '../wiring.ts';

const ports = { runs: runStore(), queue: workQueue() };
const count = segments();

export const handler = scheduleHandler({
  input: ScheduledRun,
  run: (input, now) => startScheduledReconciliation(ports, { ...input, segments: count, now }),
});
