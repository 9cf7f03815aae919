import { setTimeout as delay } from 'node:timers/promises';
import {
  type EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import type { Rejection } from './batch-progress.ts';

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const ENTRIES_MAX = 10;
/** The entries of a request must be smaller than this in total, so each entry must be, too. */
export const REQUEST_BYTES_MAX = 1_048_576;
const ATTEMPTS_MAX = 6;
const BACKOFF_MILLISECONDS = 50;

/** An entry, and the index of its change in the batch. */
export type IndexedEntry = { readonly index: number; readonly entry: PutEventsRequestEntry };

/**
 * Splits the entries of all changes, in order, into requests within the limits of PutEvents.
 */
export function* chunksOf(
  entriesByChange: readonly (readonly PutEventsRequestEntry[])[],
): Generator<readonly IndexedEntry[]> {
  let chunk: IndexedEntry[] = [];
  let bytes = 0;
  for (const [index, entries] of entriesByChange.entries()) {
    for (const entry of entries) {
      const more = bytesOf(entry);
      if (chunk.length === ENTRIES_MAX || (chunk.length > 0 && bytes + more >= REQUEST_BYTES_MAX)) {
        yield chunk;
        chunk = [];
        bytes = 0;
      }
      chunk.push({ index, entry });
      bytes += more;
    }
  }
  if (chunk.length > 0) yield chunk;
}

const TIME_BYTES = 14;

/**
 * Returns the size of an entry as EventBridge counts it.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
 */
export const bytesOf = ({
  Source = '',
  DetailType = '',
  Detail = '',
}: PutEventsRequestEntry): number =>
  TIME_BYTES +
  Buffer.byteLength(Source) +
  Buffer.byteLength(DetailType) +
  Buffer.byteLength(Detail);

/**
 * Error codes that concern the content of an entry: a retry fails in the same way. The other errors
 * that AWS calls non-retryable concern the account or its permissions, so every entry fails until
 * an operator has fixed them.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
 */
const PERMANENT_ERROR_CODES: ReadonlySet<string> = new Set(['InvalidArgument', 'MalformedDetail']);

type PutResult = {
  readonly rejected: readonly Rejection[];
  /** Entries that the last attempt did not publish, because of `error`. */
  readonly unpublished: readonly IndexedEntry[];
  readonly error?: unknown;
};

/** Sends entries, with retries, until each is published or rejected or the attempts are used up. */
export async function putEntries(
  client: EventBridgeClient,
  entries: readonly IndexedEntry[],
): Promise<PutResult> {
  const rejected: Rejection[] = [];
  let pending = entries;
  let lastError: unknown;
  for (let attempt = 0; attempt < ATTEMPTS_MAX && pending.length > 0; attempt += 1) {
    if (attempt > 0) await delay(BACKOFF_MILLISECONDS * 2 ** attempt);
    try {
      const response = await client.send(
        new PutEventsCommand({ Entries: pending.map(({ entry }) => entry) }),
      );
      const results = response.Entries ?? [];
      const stillPending: IndexedEntry[] = [];
      for (const [position, one] of pending.entries()) {
        const {
          EventId,
          ErrorCode = '',
          ErrorMessage = 'PutEvents did not accept every entry of the request.',
        } = results[position] ?? {};
        if (EventId !== undefined) continue;
        const error = new Error(ErrorMessage);
        if (PERMANENT_ERROR_CODES.has(ErrorCode)) rejected.push({ index: one.index, error });
        else stillPending.push(one);
        if (stillPending.length === 1 && stillPending[0] === one) lastError = error;
      }
      pending = stillPending;
    } catch (thrown) {
      if (isValidationError(thrown)) return putOneByOne(client, pending, rejected, thrown);
      lastError = thrown;
    }
  }
  return { rejected, unpublished: pending, error: lastError };
}

/** One entry makes the whole request invalid, for example by its size. */
const isValidationError = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ValidationException';

/**
 * Finds the entries that make a request invalid: sends each one alone, in order, and stops at the
 * first that fails for another reason.
 */
async function putOneByOne(
  client: EventBridgeClient,
  entries: readonly IndexedEntry[],
  rejectedBefore: readonly Rejection[],
  error: unknown,
): Promise<PutResult> {
  const [only] = entries;
  if (entries.length === 1 && only !== undefined)
    return { rejected: [...rejectedBefore, { index: only.index, error }], unpublished: [] };
  const rejected = [...rejectedBefore];
  for (const [position, one] of entries.entries()) {
    const result = await putEntries(client, [one]);
    rejected.push(...result.rejected);
    if (result.unpublished.length > 0)
      return { rejected, unpublished: entries.slice(position), error: result.error };
  }
  return { rejected, unpublished: [] };
}
