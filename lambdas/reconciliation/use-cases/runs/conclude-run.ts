import { MILLISECONDS_PER_SECOND } from '../../../shared/core/instant.ts';
import { tryRead } from '../../../shared/core/unreadable-record.ts';
import { logger } from '../../../shared/observability/logger.ts';
import { completeRun, type Run, type Segment } from '../../domain/run.ts';
import { closeResolvedFindings, iterateFindings } from '../findings/close-findings.ts';
import { repairInRun } from '../findings/repair-in-run.ts';
import type { RunFindings, RunPorts } from '../ports.ts';
import type { WorkLimits } from './work-limits.ts';

type ConcludeLimits = Pick<WorkLimits, 'policy' | 'repairDeadline' | 'clock'>;

/** Sends unfinished repairs again, closes the findings that are resolved, and completes the run. */
export async function concludeRun(
  ports: RunPorts,
  run: Run,
  segments: readonly Segment[],
  limits: ConcludeLimits,
): Promise<void> {
  const { runs, findings, metrics } = ports;
  const runFindings = await finishApprovedRepairs(ports, run, limits);
  const now = limits.clock();
  const outcome = {
    findings: runFindings.size,
    repaired: [...runFindings.values()].filter(({ isRepaired }) => isRepaired).length,
  };
  const completed = completeRun(run, segments, outcome, now);
  await closeResolvedFindings(findings, completed, new Set(runFindings.keys()), now);
  if (!(await runs.save(completed))) return;
  const { reconciliationId, checked, unsettledCells } = completed;
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

/**
 * Sends approved repairs again whose worker died or whose owner did not respond. Each owner applies
 * a repair once. Returns the findings of the run with what is repaired by now.
 */
async function finishApprovedRepairs(
  ports: RunPorts,
  run: Run,
  { policy, repairDeadline, clock }: ConcludeLimits,
): Promise<RunFindings> {
  const { runs, findings } = ports;
  const runFindings = new Map(await runs.listRunFindings(run.reconciliationId));
  const findingIds = new Set(runFindings.keys());
  for await (const { findingId } of iterateFindings(findings, 'APPROVED'))
    findingIds.add(findingId);
  for (const findingId of findingIds) {
    const finding = await tryRead(() => findings.get(findingId));
    if (finding === undefined) continue;
    if (finding.status === 'APPROVED' && clock() < repairDeadline)
      await repairInRun(ports, { run, finding, policy }, clock());
    const isRepaired = (await findings.get(findingId))?.status === 'REPAIRED';
    if (isRepaired && runFindings.get(findingId)?.isRepaired === false) {
      await runs.recordRunFinding(run.reconciliationId, findingId, true);
      runFindings.set(findingId, { isRepaired });
    }
  }
  return runFindings;
}
