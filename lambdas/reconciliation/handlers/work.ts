import { ReconciliationWork } from '../../contracts/reconciliation-api.ts';
import { systemClock } from '../../shared/core/clock.ts';
import { workHandler } from '../../shared/events/work-handler.ts';
import { work } from '../use-cases/work.ts';
import { repairPolicy, repairSeconds, runPorts, workSeconds } from '../wiring.ts';

const ports = runPorts();
const policy = repairPolicy();
const limits = { seconds: workSeconds(), repairSeconds: repairSeconds() };

export const handler = workHandler(ReconciliationWork, (one) =>
  work(ports, one, { policy, ...limits, clock: systemClock }),
);
