import { isTransient } from '../../../shared/core/errors.ts';
import type { Instant } from '../../../shared/core/instant.ts';
import { tryRead } from '../../../shared/core/unreadable-record.ts';
import { logger } from '../../../shared/observability/logger.ts';
import {
  ATTEMPTS_MAX,
  createSegment,
  failRun,
  recordFailedAttempt,
  retryDelaySeconds,
  type SegmentId,
} from '../../domain/run.ts';
import type { RunPorts } from '../ports.ts';

/**
 * Records a failed attempt at a segment and sends the segment again after a delay. Fails the run
 * after the last attempt.
 */
export async function retrySegment(
  ports: RunPorts,
  segmentId: SegmentId,
  cause: unknown,
  now: Instant,
): Promise<void> {
  const { runs, queue } = ports;
  const error = errorMessageOf(cause);
  const stored = (await runs.getSegment(segmentId)) ?? createSegment(segmentId, now);
  const segment = recordFailedAttempt(stored, error, now);
  // Another worker scans the segment and continues with it.
  if (!(await runs.saveSegment(segment))) return;
  const { failedAttempts } = segment;
  if (failedAttempts === undefined || failedAttempts.count >= ATTEMPTS_MAX)
    return recordRunFailure(ports, segmentId, cause, now);
  const logFields = { ...segmentId, failedAttempts: failedAttempts.count };
  if (isTransient(cause))
    logger.warn('segment attempt failed, will retry', { ...logFields, error });
  else logger.error('segment attempt failed', cause, logFields);
  await queue.send([{ kind: 'scan', segmentId }], retryDelaySeconds(failedAttempts));
}

/** Ends the run as FAILED, so that its callers do not wait for it. */
export async function recordRunFailure(
  { runs, metrics }: RunPorts,
  segmentId: SegmentId,
  cause: unknown,
  now: Instant,
): Promise<void> {
  const { reconciliationId, target, segment } = segmentId;
  logger.error('reconciliation failed', cause, { ...segmentId });
  // A run whose own record cannot be read cannot be saved either.
  const run = await tryRead(() => runs.get(reconciliationId));
  if (run?.status !== 'RUNNING') return;
  const segments = (await tryRead(() => runs.listSegments(reconciliationId))) ?? [];
  const failure = `${target} ${segment + 1}: ${errorMessageOf(cause)}`;
  if (await runs.save(failRun(run, segments, failure, now)))
    metrics.putMetrics({ ReconciliationsFailed: { value: 1, unit: 'Count' } });
}

const errorMessageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
