import type { InvokeResult } from '../functions/invoke.ts';
import { failedItemsOf } from '../messaging/batch-response.ts';

/**
 * Properties of a record that a batch handler needs. Records of a batch are in the order of their
 * stream.
 */
export type StreamRecord = {
  readonly sequenceNumber: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly event: unknown;
};

export type DiscardReason = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';
export type DiscardedBatch = {
  readonly reason: DiscardReason;
  readonly records: readonly StreamRecord[];
  readonly invokeCount: number;
  /** True when the function itself failed. Otherwise it reported failures. */
  readonly isFunctionError: boolean;
};

export type BatchPolicy = {
  readonly bisectsOnError: boolean;
  readonly reportsFailures: boolean;
  /** Maximum number of retries. Undefined for no limit. */
  readonly retriesMax: number | undefined;
  /** Maximum age of a record. Undefined for no limit. */
  readonly ageSecondsMax: number | undefined;
};

export type BatchPorts = {
  readonly invoke: (records: readonly StreamRecord[]) => Promise<InvokeResult>;
  readonly discard: (discarded: DiscardedBatch) => Promise<void>;
  /** Waits before the next attempt, after `attempts` attempts. */
  readonly backoff: (attempts: number) => Promise<void>;
  readonly signal: AbortSignal;
};

/**
 * Invokes the function with a batch until every record is handled or discarded. A failed batch is
 * retried whole, or from the first reported record, or in halves when the mapping bisects.
 * Splitting a batch is not an attempt of its halves.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
export async function handleBatch(
  records: readonly StreamRecord[],
  policy: BatchPolicy,
  ports: BatchPorts,
): Promise<void> {
  let remaining = records;
  let invokeCount = 0;
  let isFunctionError = false;
  while (remaining.length > 0 && !ports.signal.aborted) {
    const tooOld = remaining.filter((record) => isTooOld(record, policy));
    if (tooOld.length > 0) {
      await ports.discard({
        reason: 'RecordAgeExceeded',
        records: tooOld,
        invokeCount,
        isFunctionError,
      });
      remaining = remaining.filter((record) => !tooOld.includes(record));
      continue;
    }
    if (policy.retriesMax !== undefined && invokeCount > policy.retriesMax) {
      await ports.discard({
        reason: 'RetryAttemptsExhausted',
        records: remaining,
        invokeCount,
        isFunctionError,
      });
      return;
    }
    if (invokeCount > 0) await ports.backoff(invokeCount);

    const result = await ports.invoke(remaining);
    invokeCount += 1;
    isFunctionError = !result.ok;
    const failedFrom = result.ok ? indexOfFirstFailure(remaining, result.payload, policy) : 0;
    if (failedFrom === undefined) return;
    // Progress makes a new batch of the remaining records, with all its attempts.
    if (failedFrom > 0) {
      remaining = remaining.slice(failedFrom);
      invokeCount = 0;
    } else if (policy.bisectsOnError && remaining.length > 1) {
      const middle = Math.ceil(remaining.length / 2);
      await ports.backoff(invokeCount);
      await handleBatch(remaining.slice(0, middle), policy, ports);
      await handleBatch(remaining.slice(middle), policy, ports);
      return;
    }
  }
}

/** Returns the index of the first failed record. All records from there on are retried. */
function indexOfFirstFailure(
  records: readonly StreamRecord[],
  response: unknown,
  { reportsFailures }: BatchPolicy,
): number | undefined {
  if (!reportsFailures) return undefined;
  const failed = failedItemsOf(
    response,
    new Set(records.map(({ sequenceNumber }) => sequenceNumber)),
  );
  if (failed === 'all') return 0;
  const index = records.findIndex(({ sequenceNumber }) => failed.has(sequenceNumber));
  return index === -1 ? undefined : index;
}

const isTooOld = ({ createdAt }: StreamRecord, { ageSecondsMax }: BatchPolicy): boolean =>
  ageSecondsMax !== undefined && Date.now() - createdAt > ageSecondsMax * 1_000;
