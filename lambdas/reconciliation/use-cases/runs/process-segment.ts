import { GRACE_SECONDS } from '../../../shared/events/delivery-times.ts';
import { ATTENTION_SECONDS } from '../../domain/checks/check-orders.ts';
import { advanceSegment, createSegment, type SegmentId } from '../../domain/run.ts';
import { processDetection } from '../findings/process-detection.ts';
import type { RunPorts } from '../ports.ts';
import { advanceRun } from './advance-run.ts';
import { scanPage } from './scan-page.ts';
import type { WorkLimits } from './work-limits.ts';

/**
 * Scans a segment page by page from where it stopped, then advances its run.
 *
 * The findings of a page are reported before its cursor is saved, so a crash repeats a page and
 * loses none. The cursor is saved by version, so two workers on one segment count each page once.
 */
export async function processSegment(
  ports: RunPorts,
  segmentId: SegmentId,
  limits: WorkLimits,
): Promise<void> {
  const { runs, queue } = ports;
  const { policy, pageDeadline, clock } = limits;
  const run = await runs.get(segmentId.reconciliationId);
  if (run?.status !== 'RUNNING') return;
  const attentionSeconds = policy.isAutomatic ? GRACE_SECONDS : ATTENTION_SECONDS;
  let segment = (await runs.getSegment(segmentId)) ?? createSegment(segmentId, clock());
  const isResumedAtEnd = segment.isDone;
  while (!segment.isDone) {
    const page = await scanPage(ports, { run, segment, attentionSeconds }, clock());
    for (const detection of page.detections) await processDetection(ports, run, detection, limits);
    segment = advanceSegment(segment, page, clock());
    if (!(await runs.saveSegment(segment))) return;
    // Each message scans at least one page, so every run completes.
    if (!segment.isDone && clock() >= pageDeadline)
      return queue.send([{ kind: 'scan', segmentId }]);
  }
  await advanceRun(ports, run, segmentId, { ...limits, isResumedAtEnd });
}
