import { deriveId } from '../../../shared/core/fingerprint.ts';
import { type Instant, toIso } from '../../../shared/core/instant.ts';
import { err, ok, type Result } from '../../../shared/core/result.ts';
import { pendingSegmentsOf } from '../../domain/phases.ts';
import { createRun, type Run } from '../../domain/run.ts';
import type { RunStore, WorkQueue } from '../ports.ts';

type StartPorts = { readonly runs: RunStore; readonly queue: WorkQueue };

export type StartReconciliationInput = {
  readonly reconciliationId: string;
  readonly full: boolean;
  readonly segments: number;
  readonly fingerprint: string;
  readonly by: string;
  readonly correlationId: string;
  readonly now: Instant;
};

type StartScheduledInput = {
  readonly scheduledTime?: string | undefined;
  readonly full?: boolean | undefined;
  readonly segments: number;
  readonly now: Instant;
};
const MINUTE_CHARACTERS = 'YYYY-MM-DDTHH:MM'.length;

/** Starts the run of a scheduled time. Repeated invocations for one time start one run. */
export function startScheduledReconciliation(
  ports: StartPorts,
  { scheduledTime, full = false, segments, now }: StartScheduledInput,
): Promise<Result<Run, { readonly kind: 'keyReused' }>> {
  const at = scheduledTime ?? toIso(now).slice(0, MINUTE_CHARACTERS);
  const reconciliationId = `rec_${deriveId('scheduled', at)}`;
  return startReconciliation(ports, {
    reconciliationId,
    full,
    segments,
    fingerprint: 'scheduled',
    by: 'schedule',
    correlationId: reconciliationId,
    now,
  });
}

/**
 * Starts a run and sends its first segments. A repeat returns the same run, and sends the pending
 * segments again because the first request may have failed before it sent them.
 */
export async function startReconciliation(
  { runs, queue }: StartPorts,
  input: StartReconciliationInput,
): Promise<Result<Run, { readonly kind: 'keyReused' }>> {
  const { now, ...runInput } = input;
  const created = createRun(runInput, now);
  const run = (await runs.save(created))
    ? created
    : ((await runs.get(input.reconciliationId)) ?? created);
  if (run.fingerprint !== input.fingerprint) return err({ kind: 'keyReused' });
  if (run.status === 'RUNNING') {
    const pending = pendingSegmentsOf(run, await runs.listSegments(run.reconciliationId));
    await queue.send(pending.map((segmentId) => ({ kind: 'scan', segmentId })));
  }
  return ok(run);
}
