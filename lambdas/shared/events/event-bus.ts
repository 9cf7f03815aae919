import { setTimeout as delay } from 'node:timers/promises';
import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import { readEach } from '../dynamodb/read-record.ts';
import { log } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Progress, Refused } from './progress.ts';
import type { Item, ItemChange } from './stream-handler.ts';

/** What a context's `eventsOf` answers: a type and its envelope. */
export type Publishable = {
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

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const ENTRIES_MAX = 10;
/** The entries of a request together, so also one entry, must be smaller. */
export const REQUEST_BYTES_MAX = 1_048_576;
const TRIES_MAX = 6;
const BACKOFF_MILLISECONDS = 50;

type EventBus = {
  readonly busName: string;
  readonly source: string;
  /** Pure: the events of one change. */
  readonly eventsOf: (before: Item | undefined, after: Item | undefined) => readonly Publishable[];
  /** Counts each published event by its type. The events of a repeated batch are counted again. */
  readonly metrics: Metrics;
  /** What else is counted of a change that no event tells. */
  readonly countsOf?: (after: Item | undefined) => Readonly<Record<string, number>>;
};

/** Events of one change, the entries that put them on the bus, and what else is counted of it. */
type Derived = {
  readonly events: readonly Publishable[];
  readonly entries: readonly PutEventsRequestEntry[];
  readonly counts: Readonly<Record<string, number>>;
};
type Sent = { readonly index: number; readonly entry: PutEventsRequestEntry };

/**
 * Publishes the events of a batch of changes, in order. PutEvents may take a part of its entries (it then answers 200 with
 * FailedEntryCount): only those are sent again. If the bus is away, the first change that it did not take ends the batch, with `fault`.
 * A change whose events cannot be derived, or have an entry that EventBridge never accepts, is refused, and the ones behind it are
 * published.
 */
export function eventPublisher(
  bus: EventBus,
  client = new EventBridgeClient({ retryMode: 'standard' }),
) {
  return async (changes: readonly ItemChange[]): Promise<Progress> => {
    const refused = new Map<number, unknown>();
    const derived = changes.map((change, index) => {
      try {
        return derive(bus, change);
      } catch (fault) {
        refused.set(index, fault);
        return NOTHING;
      }
    });
    let done = changes.length;
    let fault: unknown;
    for (const chunk of chunksOf(derived)) {
      // The other events of a refused change wait in its dead letter, too.
      const wanted = chunk.filter(({ index }) => !refused.has(index));
      const outcome = await put(client, wanted);
      for (const one of outcome.refused)
        if (!refused.has(one.index)) refused.set(one.index, one.fault);
      const failed = outcome.failed.find(({ index }) => !refused.has(index));
      if (failed === undefined) continue;
      done = failed.index;
      fault = outcome.fault;
      break;
    }
    const published = derived.slice(0, done).filter((_, index) => !refused.has(index));
    tell(bus.metrics, published);
    return { done, refused: inOrder(refused).filter(({ index }) => index < done), fault };
  };
}

const NOTHING: Derived = { events: [], entries: [], counts: {} };

function derive(bus: EventBus, { before, after }: ItemChange): Derived {
  const events = bus.eventsOf(before, after);
  const entries = events.map((event) => toEntry(bus, event));
  const large = entries.find((entry) => bytesOf(entry) >= REQUEST_BYTES_MAX);
  if (large !== undefined)
    throw new Error(
      `The event ${large.DetailType} has ${bytesOf(large)} bytes, and EventBridge takes fewer than ${REQUEST_BYTES_MAX}`,
    );
  return { events, entries, counts: bus.countsOf?.(after) ?? {} };
}

const inOrder = (refused: ReadonlyMap<number, unknown>): readonly Refused[] =>
  [...refused].map(([index, fault]) => ({ index, fault })).sort((a, b) => a.index - b.index);

function tell(metrics: Metrics, published: readonly Derived[]): void {
  const totals = new Map<string, number>();
  const add = (name: string, more: number) => totals.set(name, (totals.get(name) ?? 0) + more);
  for (const { events, counts } of published) {
    for (const { type, detail } of events) {
      add(type, 1);
      log.info('published', { type, eventId: detail.eventId, correlationId: detail.correlationId });
    }
    for (const [name, more] of Object.entries(counts)) add(name, more);
  }
  metrics.count(Object.fromEntries(totals));
}

/** Splits all entries, in order, into requests that PutEvents takes. */
function* chunksOf(derived: readonly Derived[]): Generator<readonly Sent[]> {
  let chunk: Sent[] = [];
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

const toEntry = (bus: EventBus, { type, detail }: Publishable): PutEventsRequestEntry => ({
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
const REFUSALS: ReadonlySet<string> = new Set(['InvalidArgument', 'MalformedDetail']);

type Put = {
  readonly refused: readonly Refused[];
  /** Not taken in the last try, for `fault`. */
  readonly failed: readonly Sent[];
  readonly fault?: unknown;
};

async function put(client: EventBridgeClient, sent: readonly Sent[]): Promise<Put> {
  const refused: Refused[] = [];
  let open = sent;
  let fault: unknown;
  for (let tried = 0; tried < TRIES_MAX && open.length > 0; tried += 1) {
    if (tried > 0) await delay(BACKOFF_MILLISECONDS * 2 ** tried);
    try {
      const answer = await client.send(
        new PutEventsCommand({ Entries: open.map(({ entry }) => entry) }),
      );
      const results = answer.Entries ?? [];
      const left: Sent[] = [];
      for (const [place, one] of open.entries()) {
        const {
          EventId,
          ErrorCode = '',
          ErrorMessage = 'PutEvents took a part',
        } = results[place] ?? {};
        if (EventId !== undefined) continue;
        const error = new Error(ErrorMessage);
        if (REFUSALS.has(ErrorCode)) refused.push({ index: one.index, fault: error });
        else left.push(one);
        if (left.length === 1 && left[0] === one) fault = error;
      }
      open = left;
    } catch (thrown) {
      if (isInvalid(thrown)) return putEach(client, open, refused, thrown);
      fault = thrown;
    }
  }
  return { refused, failed: open, fault };
}

/** A request is invalid because of one of its entries, for example by its size. */
const isInvalid = (fault: unknown): boolean =>
  fault instanceof Error && fault.name === 'ValidationException';

/** Finds the entries that make a request invalid by sending each one alone, in order, up to one that fails for now. */
async function putEach(
  client: EventBridgeClient,
  sent: readonly Sent[],
  refusedBefore: readonly Refused[],
  fault: unknown,
): Promise<Put> {
  const [only] = sent;
  if (sent.length === 1 && only !== undefined)
    return { refused: [...refusedBefore, { index: only.index, fault }], failed: [] };
  const refused = [...refusedBefore];
  for (const [place, one] of sent.entries()) {
    const alone = await put(client, [one]);
    refused.push(...alone.refused);
    if (alone.failed.length > 0) return { refused, failed: sent.slice(place), fault: alone.fault };
  }
  return { refused, failed: [] };
}
