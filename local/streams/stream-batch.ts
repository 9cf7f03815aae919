import type { InvokeResult } from '../functions/functions.ts';
import { failuresOf } from '../messaging/batch-response.ts';

/** What a batch handler needs of a record; records of a batch are in their stream's order. */
export type StreamRecord = {
  readonly sequenceNumber: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly event: unknown;
};

export type DiscardReason = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';
export type Discarded = {
  readonly reason: DiscardReason;
  readonly records: readonly StreamRecord[];
  readonly invokeCount: number;
  /** True when the function itself failed; it may also have reported failures. */
  readonly isFunctionError: boolean;
};

export type BatchPolicy = {
  readonly bisects: boolean;
  readonly reportsFailures: boolean;
  /** Undefined: for ever. */
  readonly retriesMax: number | undefined;
  /** Undefined: for ever. */
  readonly ageSecondsMax: number | undefined;
};

export type BatchPorts = {
  readonly invoke: (records: readonly StreamRecord[]) => Promise<InvokeResult>;
  readonly discard: (discarded: Discarded) => Promise<void>;
  /** Waits before the next try; `tries` were made. */
  readonly pause: (tries: number) => Promise<void>;
  readonly signal: AbortSignal;
};

/**
 * Hands a batch to the function until all of it is done or discarded. A failed batch is tried again whole; from the first reported
 * record on; or in halves, if the mapping bisects. A split is not counted as a try of its halves.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
export async function handleBatch(
  records: readonly StreamRecord[],
  policy: BatchPolicy,
  ports: BatchPorts,
): Promise<void> {
  let open = records;
  let invokeCount = 0;
  let isFunctionError = false;
  while (open.length > 0 && !ports.signal.aborted) {
    const expired = open.filter((record) => isTooOld(record, policy));
    if (expired.length > 0) {
      await ports.discard({
        reason: 'RecordAgeExceeded',
        records: expired,
        invokeCount,
        isFunctionError,
      });
      open = open.filter((record) => !expired.includes(record));
      continue;
    }
    if (policy.retriesMax !== undefined && invokeCount > policy.retriesMax) {
      await ports.discard({
        reason: 'RetryAttemptsExhausted',
        records: open,
        invokeCount,
        isFunctionError,
      });
      return;
    }
    if (invokeCount > 0) await ports.pause(invokeCount);

    const result = await ports.invoke(open);
    invokeCount += 1;
    isFunctionError = !result.ok;
    const failedFrom = result.ok ? firstFailure(open, result.payload, policy) : 0;
    if (failedFrom === undefined) return;
    // Progress makes a new batch of what is left, with all its tries.
    if (failedFrom > 0) {
      open = open.slice(failedFrom);
      invokeCount = 0;
    } else if (policy.bisects && open.length > 1) {
      const middle = Math.ceil(open.length / 2);
      await ports.pause(invokeCount);
      await handleBatch(open.slice(0, middle), policy, ports);
      await handleBatch(open.slice(middle), policy, ports);
      return;
    }
  }
}

/** The place of the first record that is not done: all from there on are tried again. */
function firstFailure(
  records: readonly StreamRecord[],
  response: unknown,
  { reportsFailures }: BatchPolicy,
): number | undefined {
  if (!reportsFailures) return undefined;
  const failed = failuresOf(response, new Set(records.map(({ sequenceNumber }) => sequenceNumber)));
  if (failed === 'all') return 0;
  const place = records.findIndex(({ sequenceNumber }) => failed.has(sequenceNumber));
  return place === -1 ? undefined : place;
}

const isTooOld = ({ createdAt }: StreamRecord, { ageSecondsMax }: BatchPolicy): boolean =>
  ageSecondsMax !== undefined && Date.now() - createdAt > ageSecondsMax * 1_000;
