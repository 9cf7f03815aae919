import { EventBridgeClient, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Item } from '../../../../lambdas/shared/dynamodb/item.ts';
import type { BatchProgress } from '../../../../lambdas/shared/events/batch-progress.ts';
import {
  createEventPublisher,
  type PublishableEvent,
} from '../../../../lambdas/shared/events/event-publisher.ts';
import { REQUEST_BYTES_MAX } from '../../../../lambdas/shared/events/put-events.ts';
import type { ItemChange } from '../../../../lambdas/shared/events/stream-change.ts';

const ATTEMPTS_MAX = 6;
const OCCURRED_AT = '2026-01-01T12:00:00.000Z';

/** Response of the bus to one request: the indexes of the rejected entries, or an error. */
type BusResponse =
  | { readonly rejects: readonly number[] }
  | { readonly throws: Error }
  /** Returns results for the first entries only. */
  | { readonly respondsOnlyTo: number };
const ACCEPT_ALL: BusResponse = { rejects: [] };
/** Ids of events that this bus never accepts. */
const MALFORMED_ID = /^malformed/;
const INVALID_ID = /^invalid/;
const rejectAt = (...places: readonly number[]): BusResponse => ({ rejects: places });

/** A bus that responds as its script defines, and accepts all requests after the script. */
class ScriptedBus {
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
const aChange = (...ids: readonly string[]): ItemChange => ({ before: undefined, after: { ids } });
const POISON_CHANGE: ItemChange = { before: undefined, after: { poison: true } };
const createChanges = (count: number) =>
  Array.from({ length: count }, (_, index) => aChange(`e${index}`));
const eventIds = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `e${from + index}`);

const eventsOf = (_before: Item | undefined, after: Item | undefined): PublishableEvent[] => {
  if (after?.poison) throw new Error('an unreadable record');
  const { ids: found, words } = after as { ids: readonly string[]; words?: string };
  return found.map((eventId) => anEvent(eventId, words));
};
let recordedCounts: Readonly<Record<string, number>>[] = [];
const metrics = {
  putMetrics: () => {},
  putCounts: (counts: Readonly<Record<string, number>>) => recordedCounts.push(counts),
};
const countsOf = (after: Item | undefined) =>
  after?.expired ? { Expired: Number(after.expired) } : {};
const publisher = ({ client }: ScriptedBus) =>
  createEventPublisher(
    { busName: 'stockbook', source: 'stockbook.things', eventsOf, metrics, countsOf },
    client,
  );

beforeEach(() => {
  recordedCounts = [];
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.useFakeTimers({ fakeNodeBuiltins: true, toFake: ['setTimeout', 'clearTimeout'] });
  // Delays take no time: each timer fires as soon as no other work is left.
  vi.setTimerTickMode('nextTimerAsync');
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('publishing', () => {
  test('puts each event on the bus with its type, source, time and envelope', async () => {
    const bus = new ScriptedBus();

    const outcome = await publisher(bus)([aChange('e0')]);

    expect(outcome).toMatchObject({ rejected: [], handledCount: 1 });
    expect(bus.requests).toEqual([
      [
        {
          EventBusName: 'stockbook',
          Source: 'stockbook.things',
          DetailType: 'ThingHappened',
          Time: new Date(OCCURRED_AT),
          Detail: JSON.stringify({ eventId: 'e0', occurredAt: OCCURRED_AT, correlationId: 'c-1' }),
        },
      ],
    ]);
  });

  test('sends an entry again that has no id and no error in the response', async () => {
    const bus = new ScriptedBus({ respondsOnlyTo: 1 });

    const outcome = await publisher(bus)(createChanges(3));

    expect(outcome).toMatchObject({ rejected: [], handledCount: 3 });
    expect(bus.sent).toEqual([eventIds(0, 2), eventIds(1, 2)]);
  });

  test('counts published events by type, and the further counts of a change', async () => {
    await publisher(new ScriptedBus())([
      aChange('e0', 'e1'),
      { before: undefined, after: { ids: [], expired: 3 } },
      aChange('e2'),
    ]);

    expect(recordedCounts).toEqual([{ ThingHappened: 3, Expired: 3 }]);
  });

  test('does not count events that are not yet published', async () => {
    const unavailable: BusResponse = { throws: new Error('the bus is unavailable') };
    await publisher(
      new ScriptedBus(ACCEPT_ALL, ...Array<BusResponse>(ATTEMPTS_MAX).fill(unavailable)),
    )([aChange('e0'), aChange(...eventIds(1, 10))]);

    expect(recordedCounts).toEqual([{ ThingHappened: 1 }]);
  });

  test('logs each event with its correlation id', async () => {
    await publisher(new ScriptedBus())([aChange('e0')]);

    expect(
      vi.mocked(process.stdout.write).mock.calls.map(([line]) => JSON.parse(String(line))),
    ).toMatchObject([
      { message: 'event published', type: 'ThingHappened', eventId: 'e0', correlationId: 'c-1' },
    ]);
  });

  test.each([
    [9, [eventIds(0, 8)]],
    [10, [eventIds(0, 9)]],
    [11, [eventIds(0, 9), eventIds(10, 10)]],
    [20, [eventIds(0, 9), eventIds(10, 19)]],
    [21, [eventIds(0, 9), eventIds(10, 19), eventIds(20, 20)]],
  ])('%i events takes requests of at most 10, in order', async (count, sent) => {
    const bus = new ScriptedBus();

    const outcome = await publisher(bus)(createChanges(count));

    expect(outcome).toMatchObject({ rejected: [], handledCount: count });
    expect(bus.sent).toEqual(sent);
  });

  test('may split the events of one change into two requests', async () => {
    const bus = new ScriptedBus();

    const outcome = await publisher(bus)([...createChanges(9), aChange('a', 'b', 'c')]);

    expect(outcome).toMatchObject({ rejected: [], handledCount: 10 });
    expect(bus.sent).toEqual([
      [...eventIds(0, 8), 'a'],
      ['b', 'c'],
    ]);
  });

  test.each([
    ['no changes', []],
    ['changes without events', [aChange(), aChange()]],
  ])('%s needs no request', async (_case, changes) => {
    const bus = new ScriptedBus();

    const outcome = await publisher(bus)(changes);

    expect(outcome).toMatchObject({ rejected: [], handledCount: changes.length });
    expect(bus.sent.flat()).toEqual([]);
  });
});

describe('a bus that accepts some entries', () => {
  test('gets only the other entries again, with the same event ids', async () => {
    const bus = new ScriptedBus(rejectAt(1, 3));

    const outcome = await publisher(bus)(createChanges(5));

    expect(outcome).toMatchObject({ rejected: [], handledCount: 5 });
    expect(bus.sent).toEqual([eventIds(0, 4), ['e1', 'e3']]);
    expect(bus.requests[1]).toEqual([bus.requests[0]?.[1], bus.requests[0]?.[3]]);
  });

  test('gets the entries again that it rejects again', async () => {
    const bus = new ScriptedBus(rejectAt(0, 2, 4), rejectAt(1));

    const outcome = await publisher(bus)(createChanges(5));

    expect(outcome).toMatchObject({ rejected: [], handledCount: 5 });
    expect(bus.sent).toEqual([eventIds(0, 4), ['e0', 'e2', 'e4'], ['e2']]);
  });

  test.each([
    [ATTEMPTS_MAX - 2, { handledCount: 3, rejected: [], error: undefined }],
    [ATTEMPTS_MAX - 1, { handledCount: 3, rejected: [], error: undefined }],
    [ATTEMPTS_MAX, { handledCount: 1, rejected: [], error: new Error('entry 0 was throttled') }],
  ])(
    `is tried ${ATTEMPTS_MAX} times: refusing one entry %i times comes to %o`,
    async (times, outcome) => {
      const again = Array<BusResponse>(times - 1).fill(rejectAt(0));
      const bus = new ScriptedBus(rejectAt(1), ...again);

      expect(await publisher(bus)(createChanges(3))).toEqual(outcome);
      expect(bus.requests).toHaveLength(Math.min(times + 1, ATTEMPTS_MAX));
    },
  );

  test('permanently stops the batch at the first change that it did not accept', async () => {
    const bus = new ScriptedBus(...Array<BusResponse>(ATTEMPTS_MAX).fill(rejectAt(0, 1)));

    const outcome = await publisher(bus)([
      aChange('e0'),
      aChange('e1'),
      ...Array.from({ length: 10 }, (_, index) => aChange(`f${index}`)),
    ]);

    expect(outcome).toMatchObject({ handledCount: 0 });
    // The second request of the batch is never sent: its events would overtake the failed ones.
    expect(bus.sent.flat()).not.toContain('f9');
  });

  test('in a later request does not affect the earlier requests', async () => {
    const bus = new ScriptedBus(ACCEPT_ALL, ...Array<BusResponse>(ATTEMPTS_MAX).fill(rejectAt(0)));

    const outcome = await publisher(bus)(createChanges(15));

    expect(outcome).toMatchObject({ handledCount: 10 });
  });

  test('stops at a change whose events are in two requests', async () => {
    const bus = new ScriptedBus(ACCEPT_ALL, ...Array<BusResponse>(ATTEMPTS_MAX).fill(rejectAt(0)));

    const outcome = await publisher(bus)([...createChanges(9), aChange('a', 'b'), aChange('c')]);

    expect(outcome).toMatchObject({ handledCount: 9 });
  });
});

describe('an unavailable bus', () => {
  const unavailable: BusResponse = { throws: new Error('the bus is unavailable') };

  test('temporarily gets the whole request again', async () => {
    const bus = new ScriptedBus(unavailable, unavailable);

    const outcome = await publisher(bus)(createChanges(2));

    expect(outcome).toMatchObject({ rejected: [], handledCount: 2 });
    expect(bus.sent).toEqual([eventIds(0, 1), eventIds(0, 1), eventIds(0, 1)]);
  });

  test('permanently is reported with its error, and no change is handled', async () => {
    const bus = new ScriptedBus(...Array<BusResponse>(ATTEMPTS_MAX).fill(unavailable));

    const outcome = await publisher(bus)(createChanges(2));

    expect(outcome).toEqual({
      handledCount: 0,
      rejected: [],
      error: new Error('the bus is unavailable'),
    });
    expect(bus.requests).toHaveLength(ATTEMPTS_MAX);
  });
});

describe('a change that can never be published', () => {
  const error = new Error('an unreadable record');
  const placesOf = ({ rejected = [] }: BatchProgress) => rejected.map(({ index }) => index);

  test('is rejected, and the changes before and after it are published in order', async () => {
    const bus = new ScriptedBus();

    const outcome = await publisher(bus)([
      aChange('e0'),
      aChange('e1'),
      POISON_CHANGE,
      aChange('e2'),
    ]);

    expect(outcome).toEqual({ handledCount: 4, rejected: [{ index: 2, error }], error: undefined });
    expect(bus.sent).toEqual([eventIds(0, 2)]);
  });

  test.each([
    ['first', [POISON_CHANGE, aChange('e0')], [0], ['e0']],
    ['last', [aChange('e0'), POISON_CHANGE], [1], ['e0']],
    ['alone', [POISON_CHANGE], [0], []],
    ['in a row', [POISON_CHANGE, POISON_CHANGE, aChange('e0'), POISON_CHANGE], [0, 1, 3], ['e0']],
  ])('%s is rejected', async (_place, changes, rejected, sent) => {
    const bus = new ScriptedBus();

    const outcome = await publisher(bus)(changes);

    expect([outcome.handledCount, placesOf(outcome), bus.sent.flat()]).toEqual([
      changes.length,
      rejected,
      sent,
    ]);
  });

  test('is not sent again if the bus calls its entry malformed, unlike the others', async () => {
    const bus = new ScriptedBus(rejectAt(0), ACCEPT_ALL);

    const outcome = await publisher(bus)([aChange('e0'), aChange('malformed'), aChange('e1')]);

    expect(outcome).toEqual({
      handledCount: 3,
      rejected: [{ index: 1, error: new Error('Detail is malformed.') }],
      error: undefined,
    });
    expect(bus.sent).toEqual([['e0', 'malformed', 'e1'], ['e0']]);
    expect(recordedCounts).toEqual([{ ThingHappened: 2 }]);
  });

  test('is found by sending each entry alone if it makes the request invalid', async () => {
    const bus = new ScriptedBus();

    const outcome = await publisher(bus)([aChange('e0'), aChange('invalid'), aChange('e1')]);

    expect(placesOf(outcome)).toEqual([1]);
    expect(outcome.handledCount).toBe(3);
    expect(bus.sent).toEqual([['e0', 'invalid', 'e1'], ['e0'], ['invalid'], ['e1']]);
  });

  test('does not hide a bus that becomes unavailable while entries are sent alone', async () => {
    const unavailable: BusResponse = { throws: new Error('the bus is unavailable') };
    const bus = new ScriptedBus(
      ACCEPT_ALL,
      ACCEPT_ALL,
      ...Array<BusResponse>(ATTEMPTS_MAX).fill(unavailable),
    );

    const outcome = await publisher(bus)([
      aChange('e0'),
      aChange('e1'),
      aChange('invalid'),
      aChange('e2'),
    ]);

    expect(outcome).toEqual({
      handledCount: 1,
      rejected: [],
      error: new Error('the bus is unavailable'),
    });
  });

  test('sends no later event of the change once the bus has rejected one', async () => {
    const bus = new ScriptedBus();

    const outcome = await publisher(bus)([
      ...createChanges(9),
      aChange('malformed', 'a', 'b'),
      aChange('c'),
    ]);

    expect(placesOf(outcome)).toEqual([9]);
    expect(bus.sent.flat()).toEqual([...eventIds(0, 8), 'malformed', 'c']);
  });

  test('does not stop the batch when the bus does not accept its other entries either', async () => {
    const bus = new ScriptedBus(...Array<BusResponse>(ATTEMPTS_MAX).fill(rejectAt(0)));

    const outcome = await publisher(bus)([aChange('a', 'malformed'), aChange(), aChange('e1')]);

    expect([outcome.handledCount, placesOf(outcome)]).toEqual([3, [0]]);
  });

  test('is rejected once, even if several of its entries are', async () => {
    const outcome = await publisher(new ScriptedBus())([aChange('malformed-1', 'malformed-2')]);

    expect(placesOf(outcome)).toEqual([0]);
  });

  test('after a failed one is left for the retry', async () => {
    const bus = new ScriptedBus(...Array<BusResponse>(ATTEMPTS_MAX).fill(rejectAt(0)));

    const outcome = await publisher(bus)([aChange('e0'), POISON_CHANGE, aChange('malformed')]);

    expect(outcome).toEqual({
      handledCount: 0,
      rejected: [],
      error: new Error('entry 0 was throttled'),
    });
  });

  test('is not counted', async () => {
    await publisher(new ScriptedBus())([aChange('e0'), POISON_CHANGE, aChange('e1')]);

    expect(recordedCounts).toEqual([{ ThingHappened: 2 }]);
  });

  test('is also a change whose counts cannot be derived', async () => {
    const broken = () => {
      throw error;
    };
    const { client } = new ScriptedBus();
    const publish = createEventPublisher(
      { busName: 'b', source: 's', eventsOf, metrics, countsOf: broken },
      client,
    );

    expect(await publish([aChange('e0')])).toEqual({
      handledCount: 1,
      rejected: [{ index: 0, error }],
      error: undefined,
    });
  });
});

describe('the size of a request', () => {
  const wordy = (eventId: string, bytes: number): ItemChange => {
    const [{ detail } = { detail: {} }] = eventsOf(undefined, { ids: [eventId] });
    const fixed = 14 + 'stockbook.things'.length + 'ThingHappened'.length;
    const rest = Buffer.byteLength(JSON.stringify(detail)) + ',"words":""'.length;
    return {
      before: undefined,
      after: { ids: [eventId], words: 'x'.repeat(bytes - fixed - rest) },
    };
  };

  test.each([
    [REQUEST_BYTES_MAX - 1, []],
    [REQUEST_BYTES_MAX, [1]],
    [REQUEST_BYTES_MAX + 1, [1]],
  ])('of one event of %i bytes: rejected are %o', async (bytes, rejected) => {
    const bus = new ScriptedBus();

    const outcome = await publisher(bus)([aChange('e0'), wordy('large', bytes), aChange('e1')]);

    expect(outcome.handledCount).toBe(3);
    expect(outcome.rejected?.map(({ index }) => index)).toEqual(rejected);
    expect(bus.sent.flat()).toEqual(rejected.length > 0 ? ['e0', 'e1'] : ['e0', 'large', 'e1']);
  });

  test('is kept below the limit by splitting requests', async () => {
    const bus = new ScriptedBus();
    const half = REQUEST_BYTES_MAX / 2;

    await publisher(bus)([
      wordy('a', half),
      wordy('b', half - 1),
      wordy('c', half),
      wordy('d', half),
    ]);

    expect(bus.sent).toEqual([['a', 'b'], ['c'], ['d']]);
  });
});
