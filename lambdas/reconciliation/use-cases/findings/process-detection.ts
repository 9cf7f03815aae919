import { tryRead } from '../../../shared/core/unreadable-record.ts';
import type { Detection } from '../../domain/finding.ts';
import { RECONCILER, type Run } from '../../domain/run.ts';
import type { RunPorts } from '../ports.ts';
import type { WorkLimits } from '../runs/work-limits.ts';
import { deferRepair, repairInRun } from './repair-in-run.ts';
import { reportFinding } from './report-finding.ts';

/** Reports a detection as a finding of the run, and repairs it if policy or an approval allows. */
export async function processDetection(
  ports: RunPorts,
  run: Run,
  detection: Detection,
  { policy, repairDeadline, clock }: WorkLimits,
): Promise<void> {
  const { runs, findings } = ports;
  const context = { ...run, by: RECONCILER, now: clock() };
  // A stored finding that cannot be read is reported by the scan of reconciliation's own records.
  const finding = await tryRead(() => reportFinding(findings, detection, context));
  if (finding === undefined) return;
  const { findingId } = finding;
  // Before the repair: if the worker dies after the repair, no scan detects this again.
  await runs.recordRunFinding(run.reconciliationId, findingId, false);
  if (clock() >= repairDeadline) return deferRepair(ports, { run, finding, policy }, clock());
  const isRepaired = await repairInRun(ports, { run, finding, policy }, clock());
  if (isRepaired) await runs.recordRunFinding(run.reconciliationId, findingId, true);
}
