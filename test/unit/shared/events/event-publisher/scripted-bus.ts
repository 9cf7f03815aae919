import { EventBridgeClient, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { afterEach, beforeEach, vi } from 'vitest';
import type { Item } from '../../../../../lambdas/shared/dynamodb/item.ts';
import {
  createEventPublisher,
  type PublishableEvent,
} from '../../../../../lambdas/shared/events/event-publisher.ts';
import type { ItemChange } from '../../../../../lambdas/shared/events/stream-change.ts';

export const ATTEMPTS_MAX = 6;
export const OCCURRED_AT = '2026-01-01T12:00:00.000Z';

/** Response of the bus to one request: the indexes of the rejected entries, or an error. */
export type BusResponse =
  | { readonly rejects: readonly number[] }
  | { readonly throws: Error }
  /** Returns results for the first entries only. */
  | { readonly respondsOnlyTo: number };
export const ACCEPT_ALL: BusResponse = { rejects: [] };
/** Ids of events that this bus never accepts. */
const MALFORMED_ID = /^malformed/;
const INVALID_ID = /^invalid/;

/** A bus that responds as its script defines, and accepts all requests after the script. */
export class ScriptedBus {
  readonly requests: (readonly PutEventsRequestEntry[])[] = [];
  readonly client = new EventBridgeClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });

  constructor(...script: readonly BusResponse[]) {
    const open = [...script];
    this.client.middlewareStack.add(
      () => async (args) => {
        const { Entries: entries = [] } = args.input as { Entries?: PutEventsRequestEntry[] };
        this.requests.push(entries);
        const scripted = open.shift() ?? ACCEPT_ALL;
        if ('throws' in scripted) throw scripted.throws;
        if ('respondsOnlyTo' in scripted) {
          const taken = entries.slice(0, scripted.respondsOnlyTo);
          const Entries = taken.map((_, place) => ({ EventId: `bus-${place}` }));
          return { output: { $metadata: {}, FailedEntryCount: 0, Entries }, response: undefined };
        }
        const idOf = ({ Detail = '' }: PutEventsRequestEntry): string => JSON.parse(Detail).eventId;
        if (entries.some((entry) => INVALID_ID.test(idOf(entry))))
          throw Object.assign(new Error('the request is over the limit'), {
            name: 'ValidationException',
          });
        const results = entries.map((entry, place) => {
          if (scripted.rejects.includes(place))
            return {
              ErrorCode: 'ThrottlingException',
              ErrorMessage: `entry ${place} was throttled`,
            };
          if (MALFORMED_ID.test(idOf(entry)))
            return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
          return { EventId: `bus-${place}` };
        });
        const FailedEntryCount = results.filter(({ EventId }) => EventId === undefined).length;
        const output = { $metadata: {}, FailedEntryCount, Entries: results };
        return { output, response: undefined };
      },
      { step: 'initialize' },
    );
  }

  /** Event ids of each request. */
  get sent(): string[][] {
    return this.requests.map((entries) =>
      entries.map(({ Detail }) => JSON.parse(Detail ?? '').eventId),
    );
  }
}

const anEvent = (eventId: string, words?: string): PublishableEvent => {
  const detail = { eventId, occurredAt: OCCURRED_AT, correlationId: 'c-1' };
  return {
    type: 'ThingHappened',
    detail: words === undefined ? detail : ({ ...detail, words } as typeof detail),
  };
};
/** Returns a change whose events have these ids. */
export const aChange = (...ids: readonly string[]): ItemChange => ({
  before: undefined,
  after: { ids },
});

export const createChanges = (count: number) =>
  Array.from({ length: count }, (_, index) => aChange(`e${index}`));
export const eventIds = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `e${from + index}`);

export const eventsOf = (
  _before: Item | undefined,
  after: Item | undefined,
): PublishableEvent[] => {
  if (after?.poison) throw new Error('an unreadable record');
  const { ids: found, words } = after as { ids: readonly string[]; words?: string };
  return found.map((eventId) => anEvent(eventId, words));
};
export const recordedCounts: Readonly<Record<string, number>>[] = [];
export const metrics = {
  putMetrics: () => {},
  putCounts: (counts: Readonly<Record<string, number>>) => recordedCounts.push(counts),
};
export const countsOf = (after: Item | undefined) =>
  after?.expired ? { Expired: Number(after.expired) } : {};
export const publisher = ({ client }: ScriptedBus) =>
  createEventPublisher(
    { busName: 'stockbook', source: 'stockbook.things', eventsOf, metrics, countsOf },
    client,
  );

/** Clears the counts, silences the log and skips delays in each test of the calling file. */
export function skipDelays(): void {
  beforeEach(() => {
    recordedCounts.splice(0);
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    vi.useFakeTimers({ fakeNodeBuiltins: true, toFake: ['setTimeout', 'clearTimeout'] });
    // Delays take no time: each timer fires as soon as no other work is left.
    vi.setTimerTickMode('nextTimerAsync');
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });
}
