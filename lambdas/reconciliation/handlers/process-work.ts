import { ReconciliationWork } from '../../contracts/api/reconciliation.ts';
import { systemClock } from '../../shared/core/clock.ts';
import { workHandler } from '../../shared/events/work-handler.ts';
import { processWork } from '../use-cases/runs/process-work.ts';
import { pageStartSeconds, repairPolicy, repairStartSeconds, runPorts } from '../wiring.ts';

const ports = runPorts();
const policy = repairPolicy();
const limits = {
  pageStartSeconds: pageStartSeconds(),
  repairStartSeconds: repairStartSeconds(),
};

export const handler = workHandler(ReconciliationWork, (message) =>
  processWork(ports, message, { policy, ...limits, clock: systemClock }),
);
