import { isNextPhase, pendingSegmentsOf } from '../../domain/phases.ts';
import type { Run, SegmentId } from '../../domain/run.ts';
import type { RunPorts } from '../ports.ts';
import { concludeRun } from './conclude-run.ts';
import type { WorkLimits } from './work-limits.ts';

type AdvanceLimits = WorkLimits & {
  /** True if the message found its segment done, so that all of its time is left. */
  readonly isResumedAtEnd: boolean;
};

/**
 * Continues a run after one of its segments is done. The worker that ends a phase sends the
 * segments of the next one; the worker that ends the last phase concludes the run.
 */
export async function advanceRun(
  ports: RunPorts,
  run: Run,
  finished: SegmentId,
  limits: AdvanceLimits,
): Promise<void> {
  const { runs, queue } = ports;
  const { pageDeadline, isResumedAtEnd, clock } = limits;
  const segments = await runs.listSegments(run.reconciliationId);
  const pending = pendingSegmentsOf(run, segments);
  if (pending.length > 0) {
    if (isNextPhase(finished, pending))
      await queue.send(pending.map((segmentId) => ({ kind: 'scan', segmentId })));
    return;
  }
  if (!isResumedAtEnd && clock() >= pageDeadline)
    return queue.send([{ kind: 'scan', segmentId: finished }]);
  await concludeRun(ports, run, segments, limits);
}
