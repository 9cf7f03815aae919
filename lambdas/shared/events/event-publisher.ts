import { setTimeout as delay } from 'node:timers/promises';
import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import type { Item } from '../dynamodb/item.ts';
import { separateUnreadable } from '../dynamodb/read-record.ts';
import { logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { BatchProgress, Rejection } from './batch-progress.ts';
import type { ItemChange } from './stream-handler.ts';

/** What a context's `eventsOf` answers: a type and its envelope. */
export type PublishableEvent = {
  readonly type: string;
  readonly detail: {
    readonly eventId: string;
    readonly occurredAt: string;
    readonly correlationId: string;
  };
};

/**
 * Returns the events of one change of a table. Throws UnreadableRecord where the new image cannot be read. An old image that cannot be
 * read was mended by hand: what it had to say was published when it was written, or is published when its dead letter is redriven.
 */
export const createEventDeriver =
  <Record, Event extends PublishableEvent>(
    toRecord: (item: Item | undefined) => Record | undefined,
    eventsOf: (before: Record | undefined, after: Record | undefined) => readonly Event[],
  ) =>
  (before: Item | undefined, after: Item | undefined): readonly Event[] => {
    const record = toRecord(after);
    const { items, unreadable } = separateUnreadable(
      before === undefined ? [] : [before],
      toRecord,
    );
    return unreadable.length > 0 ? [] : eventsOf(items[0], record);
  };

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const ENTRIES_MAX = 10;
/** The entries of a request together, so also one entry, must be smaller. */
export const REQUEST_BYTES_MAX = 1_048_576;
const ATTEMPTS_MAX = 6;
const BACKOFF_MILLISECONDS = 50;

type PublisherOptions = {
  readonly busName: string;
  readonly source: string;
  /** Pure: the events of one change. */
  readonly eventsOf: (
    before: Item | undefined,
    after: Item | undefined,
  ) => readonly PublishableEvent[];
  /** Counts each published event by its type. The events of a repeated batch are counted again. */
  readonly metrics: Metrics;
  /** What else is counted of a change that no event tells. */
  readonly countsOf?: (after: Item | undefined) => Readonly<Record<string, number>>;
};

/** Events of one change, the entries that put them on the bus, and what else is counted of it. */
type DerivedEntries = {
  readonly events: readonly PublishableEvent[];
  readonly entries: readonly PutEventsRequestEntry[];
  readonly counts: Readonly<Record<string, number>>;
};
type IndexedEntry = { readonly index: number; readonly entry: PutEventsRequestEntry };

/**
 * Publishes the events of a batch of changes, in order. PutEvents may take a part of its entries (it then answers 200 with
 * FailedEntryCount): only those are sent again. If the bus is away, the first change that it did not take ends the batch, with `fault`.
 * A change whose events cannot be derived, or have an entry that EventBridge never accepts, is refused, and the ones behind it are
 * published.
 */
export function createEventPublisher(
  bus: PublisherOptions,
  client = new EventBridgeClient({ retryMode: 'standard' }),
) {
  return async (changes: readonly ItemChange[]): Promise<BatchProgress> => {
    const rejected = new Map<number, unknown>();
    const derivations = changes.map((change, index) => {
      try {
        return deriveEntries(bus, change);
      } catch (error) {
        rejected.set(index, error);
        return NO_ENTRIES;
      }
    });
    let handledCount = changes.length;
    let error: unknown;
    for (const chunk of chunksOf(derivations)) {
      // The other events of a refused change wait in its dead letter, too.
      const wanted = chunk.filter(({ index }) => !rejected.has(index));
      const result = await putEntries(client, wanted);
      for (const one of result.rejected)
        if (!rejected.has(one.index)) rejected.set(one.index, one.error);
      const failed = result.unpublished.find(({ index }) => !rejected.has(index));
      if (failed === undefined) continue;
      handledCount = failed.index;
      error = result.error;
      break;
    }
    const published = derivations.slice(0, handledCount).filter((_, index) => !rejected.has(index));
    reportPublished(bus.metrics, published);
    return {
      handledCount,
      rejected: sortByIndex(rejected).filter(({ index }) => index < handledCount),
      error,
    };
  };
}

const NO_ENTRIES: DerivedEntries = { events: [], entries: [], counts: {} };

function deriveEntries(bus: PublisherOptions, { before, after }: ItemChange): DerivedEntries {
  const events = bus.eventsOf(before, after);
  const entries = events.map((event) => toEntry(bus, event));
  const large = entries.find((entry) => bytesOf(entry) >= REQUEST_BYTES_MAX);
  if (large !== undefined)
    throw new Error(
      `The event ${large.DetailType} has ${bytesOf(large)} bytes, and EventBridge takes fewer than ${REQUEST_BYTES_MAX}`,
    );
  return { events, entries, counts: bus.countsOf?.(after) ?? {} };
}

const sortByIndex = (rejected: ReadonlyMap<number, unknown>): readonly Rejection[] =>
  [...rejected].map(([index, error]) => ({ index, error })).sort((a, b) => a.index - b.index);

function reportPublished(metrics: Metrics, published: readonly DerivedEntries[]): void {
  const totals = new Map<string, number>();
  const add = (name: string, more: number) => totals.set(name, (totals.get(name) ?? 0) + more);
  for (const { events, counts } of published) {
    for (const { type, detail } of events) {
      add(type, 1);
      logger.info('event published', {
        type,
        eventId: detail.eventId,
        correlationId: detail.correlationId,
      });
    }
    for (const [name, more] of Object.entries(counts)) add(name, more);
  }
  metrics.putCounts(Object.fromEntries(totals));
}

/** Splits all entries, in order, into requests that PutEvents takes. */
function* chunksOf(derived: readonly DerivedEntries[]): Generator<readonly IndexedEntry[]> {
  let chunk: IndexedEntry[] = [];
  let bytes = 0;
  for (const [index, { entries }] of derived.entries()) {
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

const toEntry = (
  bus: PublisherOptions,
  { type, detail }: PublishableEvent,
): PutEventsRequestEntry => ({
  EventBusName: bus.busName,
  Source: bus.source,
  DetailType: type,
  Time: new Date(detail.occurredAt),
  Detail: JSON.stringify(detail),
});

const TIME_BYTES = 14;

/** Returns the size of an entry as EventBridge counts it. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html */
const bytesOf = ({ Source = '', DetailType = '', Detail = '' }: PutEventsRequestEntry): number =>
  TIME_BYTES +
  Buffer.byteLength(Source) +
  Buffer.byteLength(DetailType) +
  Buffer.byteLength(Detail);

/**
 * Errors of an entry that concern its content: a retry fails in the same way. The other errors that AWS calls non-retryable concern the
 * account or its permissions, so every entry fails until an operator has fixed them.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
 */
const PERMANENT_ERROR_CODES: ReadonlySet<string> = new Set(['InvalidArgument', 'MalformedDetail']);

type PutResult = {
  readonly rejected: readonly Rejection[];
  /** Not taken in the last try, for `fault`. */
  readonly unpublished: readonly IndexedEntry[];
  readonly error?: unknown;
};

async function putEntries(
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
          ErrorMessage = 'PutEvents took a part',
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

/** A request is invalid because of one of its entries, for example by its size. */
const isValidationError = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ValidationException';

/** Finds the entries that make a request invalid by sending each one alone, in order, up to one that fails for now. */
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
