import { ReconciliationWork } from '../../contracts/reconciliation-api.ts';
import { systemClock } from '../../shared/clock.ts';
import { workHandler } from '../../shared/work-handler.ts';
import { work } from '../use-cases/reconcile.ts';
import { repairPolicy, runPorts, workSeconds } from '../wiring.ts';

const ports = runPorts();
const policy = repairPolicy();
const seconds = workSeconds();

export const handler = workHandler(ReconciliationWork, (one) =>
  work(ports, one, { policy, seconds, clock: systemClock }),
);
