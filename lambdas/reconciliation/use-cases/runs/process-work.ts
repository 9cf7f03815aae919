import { type Instant, MILLISECONDS_PER_SECOND } from '../../../shared/core/instant.ts';
import { UnreadableRecordError } from '../../../shared/core/unreadable-record.ts';
import { logger } from '../../../shared/observability/logger.ts';
import type { RepairPolicy } from '../../domain/repair.ts';
import type { SegmentId } from '../../domain/run.ts';
import {
  REPAIR_ATTEMPTS_MAX,
  REPAIR_RETRY_SECONDS,
  repairApproved,
} from '../findings/repair-finding.ts';
import type { RepairPorts, RunPorts, WorkMessage } from '../ports.ts';
import { processSegment } from './process-segment.ts';
import { recordRunFailure, retrySegment } from './retry-segment.ts';

type ProcessWorkOptions = {
  readonly policy: RepairPolicy;
  /** No page starts later than this after the message is received. */
  readonly pageStartSeconds: number;
  /** No repair starts later than this after the message is received. */
  readonly repairStartSeconds: number;
  readonly clock: () => Instant;
};

/** Does the work of one message: scans a segment of a run, or sends an approved repair again. */
export function processWork(
  ports: RunPorts,
  message: WorkMessage,
  options: ProcessWorkOptions,
): Promise<void> {
  return message.kind === 'repair'
    ? processRepair(ports, message, options.clock)
    : processScan(ports, message.segmentId, options);
}

async function processRepair(
  ports: RepairPorts,
  message: Extract<WorkMessage, { kind: 'repair' }>,
  clock: () => Instant,
): Promise<void> {
  const { findings, queue } = ports;
  const { findingId, approvedAt, attempt } = message;
  const finding = await findings.get(findingId);
  // A message of an earlier approval is out of date.
  if (finding?.approval?.at !== approvedAt) return;
  try {
    await repairApproved(ports, finding, attempt, clock());
  } catch (error) {
    // The next run sends the repair again in any case.
    if (attempt >= REPAIR_ATTEMPTS_MAX) throw error;
    logger.warn('approved repair not confirmed', {
      findingId,
      error: error instanceof Error ? error.message : String(error),
    });
    await queue.send([{ ...message, attempt: attempt + 1 }], REPAIR_RETRY_SECONDS);
  }
}

/**
 * Scans a segment. A failed attempt sends a new message and stores its error: a message that only
 * returned to the queue would wait for the visibility timeout, and its error would not be visible.
 */
async function processScan(
  ports: RunPorts,
  segmentId: SegmentId,
  { policy, pageStartSeconds, repairStartSeconds, clock }: ProcessWorkOptions,
): Promise<void> {
  const startedAt = clock();
  const pageDeadline = startedAt + pageStartSeconds * MILLISECONDS_PER_SECOND;
  const repairDeadline = startedAt + repairStartSeconds * MILLISECONDS_PER_SECOND;
  try {
    await processSegment(ports, segmentId, { policy, pageDeadline, repairDeadline, clock });
  } catch (error) {
    // A run whose progress cannot be read cannot complete. The next run reports the record.
    if (error instanceof UnreadableRecordError)
      return recordRunFailure(ports, segmentId, error, clock());
    await retrySegment(ports, segmentId, error, clock());
  }
}
