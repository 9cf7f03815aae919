import { setTimeout as delay } from 'node:timers/promises';
import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { log } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { readEach } from './read-record.ts';
import type { Item, ItemChange } from './stream-handler.ts';

/** What a context's `eventsOf` answers: a type and its envelope. */
export type Publishable = {
  readonly type: string;
  readonly detail: { readonly eventId: string; readonly occurredAt: string; readonly correlationId: string };
};

/**
 * Returns the events of one change of a table. Throws UnreadableRecord where the new image cannot be read. An old image that cannot be
 * read was mended by hand: what it had to say was published when it was written, so nothing is.
 */
export const derivedEvents =
  <Record, Event extends Publishable>(
    toRecord: (item: Item | undefined) => Record | undefined,
    eventsOf: (before: Record | undefined, after: Record | undefined) => readonly Event[],
  ) =>
  (before: Item | undefined, after: Item | undefined): readonly Event[] => {
    const record = toRecord(after);
    const { values, unreadable } = readEach(before === undefined ? [] : [before], toRecord);
    return unreadable.length > 0 ? [] : eventsOf(values[0], record);
  };

/** PutEvents takes 10 entries. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const ENTRIES_MAX = 10;
const TRIES_MAX = 6;
const BACKOFF_MILLISECONDS = 50;

type EventBus = {
  readonly busName: string;
  readonly source: string;
  /** Pure: the events of one change. */
  readonly eventsOf: (before: Item | undefined, after: Item | undefined) => readonly Publishable[];
  /** Where each published event is counted, by its type. A batch that comes again is counted again. */
  readonly metrics: Metrics;
  /** What else is counted of a change that no event tells. */
  readonly countsOf?: (after: Item | undefined) => Readonly<Record<string, number>>;
};

/**
 * Publishes the events of a batch of changes, in order. PutEvents may take a part of its entries (it then answers 200 with
 * FailedEntryCount): only those are sent again. What still fails is reported, from its record on.
 */
export function eventPublisher(bus: EventBus, client = new EventBridgeClient({ retryMode: 'standard' })) {
  return async (changes: readonly ItemChange[]): Promise<{ done: number; fault?: unknown }> => {
    let done = 0;
    const told = (fault?: { readonly fault: unknown }) => {
      tell(bus, changes.slice(0, done));
      return { done, ...fault };
    };
    for (const chunk of chunksOf(changes, bus)) {
      if ('fault' in chunk) {
        done = chunk.through;
        return told({ fault: chunk.fault });
      }
      const failed = await put(
        client,
        chunk.entries.map(({ entry }) => entry),
      );
      if (failed !== undefined) {
        done = Math.max(done, chunk.entries[failed.index]?.change ?? done);
        return told({ fault: failed.fault });
      }
      done = chunk.through;
    }
    return told();
  };
}

function tell({ eventsOf, countsOf, metrics }: EventBus, published: readonly ItemChange[]): void {
  const counts = new Map<string, number>();
  const add = (name: string, more: number) => counts.set(name, (counts.get(name) ?? 0) + more);
  for (const { before, after } of published) {
    for (const { type, detail } of eventsOf(before, after)) {
      add(type, 1);
      log.info('published', { type, eventId: detail.eventId, correlationId: detail.correlationId });
    }
    for (const [name, more] of Object.entries(countsOf?.(after) ?? {})) add(name, more);
  }
  metrics.count(Object.fromEntries(counts));
}

type Chunk =
  | {
      readonly entries: readonly { readonly change: number; readonly entry: PutEventsRequestEntry }[];
      readonly through: number;
    }
  | { readonly fault: unknown; readonly through: number };

/** Full requests of at most 10 entries; a change whose events cannot be derived ends the list with its fault. */
function* chunksOf(changes: readonly ItemChange[], bus: EventBus): Generator<Chunk> {
  let entries: { change: number; entry: PutEventsRequestEntry }[] = [];
  for (const [change, { before, after }] of changes.entries()) {
    let events: readonly Publishable[];
    try {
      events = bus.eventsOf(before, after);
    } catch (fault) {
      if (entries.length > 0) yield { entries, through: change };
      yield { fault, through: change };
      return;
    }
    for (const event of events) {
      if (entries.length === ENTRIES_MAX) {
        yield { entries, through: change };
        entries = [];
      }
      entries.push({ change, entry: toEntry(bus, event) });
    }
  }
  if (entries.length > 0) yield { entries, through: changes.length };
  else yield { entries: [], through: changes.length };
}

const toEntry = (bus: EventBus, { type, detail }: Publishable): PutEventsRequestEntry => ({
  EventBusName: bus.busName,
  Source: bus.source,
  DetailType: type,
  Time: new Date(detail.occurredAt),
  Detail: JSON.stringify(detail),
});

/** Undefined when all were taken; else the first entry that was not, after the last try. */
async function put(
  client: EventBridgeClient,
  entries: readonly PutEventsRequestEntry[],
): Promise<{ index: number; fault: unknown } | undefined> {
  let open = entries.map((entry, index) => ({ entry, index }));
  let fault: unknown;
  for (let tried = 0; tried < TRIES_MAX && open.length > 0; tried += 1) {
    if (tried > 0) await delay(BACKOFF_MILLISECONDS * 2 ** tried);
    try {
      const answer = await client.send(new PutEventsCommand({ Entries: open.map(({ entry }) => entry) }));
      const results = answer.Entries ?? [];
      fault = new Error(results.find((result) => result.ErrorCode)?.ErrorMessage ?? 'PutEvents took a part');
      open = open.filter((_, place) => results[place]?.EventId === undefined);
    } catch (thrown) {
      fault = thrown;
    }
  }
  const first = open[0];
  return first === undefined ? undefined : { index: first.index, fault };
}
