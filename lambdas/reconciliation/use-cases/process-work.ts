import { isTransient } from '../../shared/core/errors.ts';
import { type Instant, MILLISECONDS_PER_SECOND } from '../../shared/core/instant.ts';
import { tryRead, UnreadableRecordError } from '../../shared/core/unreadable-record.ts';
import { logger } from '../../shared/observability/logger.ts';
import type { RepairPolicy } from '../domain/repair.ts';
import {
  ATTEMPTS_MAX,
  createSegment,
  failRun,
  recordFailedAttempt,
  retryDelaySeconds,
  type SegmentId,
} from '../domain/run.ts';
import type { WorkMessage } from './ports.ts';
import { processSegment, type RunPorts } from './process-segment.ts';
import { REPAIR_ATTEMPTS_MAX, REPAIR_RETRY_SECONDS, repairApproved } from './repair-finding.ts';

type ProcessWorkOptions = {
  readonly policy: RepairPolicy;
  /** No page is begun after them. */
  readonly pageStartSeconds: number;
  /** No repair is begun after them. */
  readonly repairStartSeconds: number;
  readonly clock: () => Instant;
};

/**
 * Does the work of one message. What fails is sent again soon, with its reason on record: a message that only came back would wait for
 * the queue's visibility timeout, without a visible reason.
 */
export async function processWork(
  ports: RunPorts,
  message: WorkMessage,
  options: ProcessWorkOptions,
): Promise<void> {
  const { policy, pageStartSeconds, repairStartSeconds, clock } = options;
  if (message.kind === 'repair') return processRepair(ports, message, clock);
  const { segmentId } = message;
  const startedAt = clock();
  const deadline = startedAt + pageStartSeconds * MILLISECONDS_PER_SECOND;
  const repairDeadline = startedAt + repairStartSeconds * MILLISECONDS_PER_SECOND;
  try {
    await processSegment(ports, { segmentId, policy, deadline, repairDeadline, clock });
  } catch (error) {
    // A run that cannot read how far it has come cannot end: the next run finds the record.
    if (error instanceof UnreadableRecordError)
      return recordRunFailure(ports, segmentId, error, clock());
    await retrySegment(ports, segmentId, error, clock());
  }
}

async function retrySegment(
  ports: RunPorts,
  part: SegmentId,
  cause: unknown,
  now: Instant,
): Promise<void> {
  const { runs, queue } = ports;
  const error = errorMessageOf(cause);
  const segment = recordFailedAttempt(
    (await runs.getSegment(part)) ?? createSegment(part, now),
    error,
    now,
  );
  // Another worker has the part in hand, and goes on with it.
  if (!(await runs.saveSegment(segment))) return;
  const { failedAttempts } = segment;
  if (failedAttempts === undefined || failedAttempts.count >= ATTEMPTS_MAX)
    return recordRunFailure(ports, part, cause, now);
  const logFields = { ...part, failedAttempts: failedAttempts.count };
  if (isTransient(cause))
    logger.warn('segment attempt failed, will retry', { ...logFields, error });
  else logger.error('segment attempt failed', cause, logFields);
  await queue.send([{ kind: 'scan', segmentId: part }], retryDelaySeconds(failedAttempts));
}

/** Ends the run as FAILED, so that no caller waits for it. */
async function recordRunFailure(
  { runs, metrics }: RunPorts,
  part: SegmentId,
  cause: unknown,
  now: Instant,
): Promise<void> {
  const { reconciliationId, target, segment } = part;
  logger.error('reconciliation failed', cause, { ...part });
  // A run whose own record cannot be read is nothing that could be marked.
  const run = await tryRead(() => runs.get(reconciliationId));
  if (run?.status !== 'RUNNING') return;
  const segments = (await tryRead(() => runs.listSegments(reconciliationId))) ?? [];
  const failure = `${target} ${segment + 1}: ${errorMessageOf(cause)}`;
  if (await runs.save(failRun(run, segments, failure, now)))
    metrics.putMetrics({ ReconciliationsFailed: { value: 1, unit: 'Count' } });
}

async function processRepair(
  ports: RunPorts,
  message: Extract<WorkMessage, { kind: 'repair' }>,
  clock: () => Instant,
): Promise<void> {
  const { findings, queue } = ports;
  const finding = await findings.get(message.findingId);
  // A message of an approval before this one is out of date.
  if (finding?.approval?.at !== message.approvedAt) return;
  try {
    await repairApproved(ports, finding, message.attempt, clock());
  } catch (error) {
    // The next run sends it again in any case.
    if (message.attempt >= REPAIR_ATTEMPTS_MAX) throw error;
    logger.warn('approved repair not confirmed', {
      findingId: message.findingId,
      error: errorMessageOf(error),
    });
    await queue.send([{ ...message, attempt: message.attempt + 1 }], REPAIR_RETRY_SECONDS);
  }
}

const errorMessageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
