import { EventBridgeClient, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import type { Item } from '../dynamodb/item.ts';
import { separateUnreadable } from '../dynamodb/read-record.ts';
import { logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { BatchProgress, Rejection } from './batch-progress.ts';
import { bytesOf, chunksOf, putEntries, REQUEST_BYTES_MAX } from './put-events.ts';
import type { ItemChange } from './stream-change.ts';

/** Event that a context's `eventsOf` returns: its type and its envelope. */
export type PublishableEvent = {
  readonly type: string;
  readonly detail: {
    readonly eventId: string;
    readonly occurredAt: string;
    readonly correlationId: string;
  };
};

/**
 * Returns the events of one change of a table. Throws UnreadableRecordError if the new image cannot
 * be read. Returns no events if only the old image cannot be read: an operator has repaired the
 * record. The events of the damaged version were published when it was written, or are published
 * when its dead letter is redriven.
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

type PublisherOptions = {
  readonly busName: string;
  readonly source: string;
  /** Pure function that returns the events of one change. */
  readonly eventsOf: (
    before: Item | undefined,
    after: Item | undefined,
  ) => readonly PublishableEvent[];
  /** Counts each published event by its type. Counts the events of a repeated batch again. */
  readonly metrics: Metrics;
  /** Further counts of a change that no event reports. */
  readonly countsOf?: (after: Item | undefined) => Readonly<Record<string, number>>;
};

/** Events of one change, their entries for PutEvents, and its further counts. */
type DerivedEntries = {
  readonly events: readonly PublishableEvent[];
  readonly entries: readonly PutEventsRequestEntry[];
  readonly counts: Readonly<Record<string, number>>;
};
/**
 * Publishes the events of a batch of changes, in order. PutEvents may accept only some entries (it
 * then returns 200 with FailedEntryCount): the others are sent again. If the bus is unavailable,
 * the batch ends with `error` at the first change that was not accepted. A change is rejected, and
 * the ones after it are published, if its events cannot be derived or if one of its entries is
 * never accepted by EventBridge.
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
    for (const chunk of chunksOf(derivations.map(({ entries }) => entries))) {
      // The other events of a rejected change are in its dead letter, too.
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
      `The event ${large.DetailType} has ${bytesOf(large)} bytes. EventBridge accepts fewer than ${REQUEST_BYTES_MAX}.`,
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
