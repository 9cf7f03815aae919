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

/** How the bus takes one request: the places of the entries that it does not take, or a fault. */
type BusResponse =
  | { readonly refuses: readonly number[] }
  | { readonly throws: Error }
  /** The results of the first entries, and nothing of the others. */
  | { readonly answersOnly: number };
const ACCEPT_ALL: BusResponse = { refuses: [] };
/** Events that this bus takes from nobody. */
const MALFORMED_ID = /^malformed/;
const INVALID_ID = /^invalid/;
const rejectAt = (...places: readonly number[]): BusResponse => ({ refuses: places });

/** A bus that takes each request as the script says; all of it, once the script is at its end. */
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
        const taking = open.shift() ?? ACCEPT_ALL;
        if ('throws' in taking) throw taking.throws;
        if ('answersOnly' in taking) {
          const taken = entries.slice(0, taking.answersOnly);
          const Entries = taken.map((_, place) => ({ EventId: `bus-${place}` }));
          return { output: { $metadata: {}, FailedEntryCount: 0, Entries }, response: undefined };
        }
        const idOf = ({ Detail = '' }: PutEventsRequestEntry): string => JSON.parse(Detail).eventId;
        if (entries.some((entry) => INVALID_ID.test(idOf(entry))))
          throw Object.assign(new Error('the request is over the limit'), {
            name: 'ValidationException',
          });
        const results = entries.map((entry, place) => {
          if (taking.refuses.includes(place))
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

  /** The ids of the events of each request. */
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
/** A change of which these events are published. */
const aChange = (...ids: readonly string[]): ItemChange => ({ before: undefined, after: { ids } });
const POISON_CHANGE: ItemChange = { before: undefined, after: { poison: true } };
const createChanges = (count: number) =>
  Array.from({ length: count }, (_, index) => aChange(`e${index}`));
const eventIds = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `e${from + index}`);

const eventsOf = (_before: Item | undefined, after: Item | undefined): PublishableEvent[] => {
  if (after?.poison) throw new Error('a record that nobody understands');
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
  // Pauses take no time: each timer fires as soon as nothing else is to be done.
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

  test('that the bus gave no id is sent again, though the response has no error for it', async () => {
    const bus = new ScriptedBus({ answersOnly: 1 });

    const outcome = await publisher(bus)(createChanges(3));

    expect(outcome).toMatchObject({ rejected: [], handledCount: 3 });
    expect(bus.sent).toEqual([eventIds(0, 2), eventIds(1, 2)]);
  });

  test('counts what was published, by type, and what else is counted of a change', async () => {
    await publisher(new ScriptedBus())([
      aChange('e0', 'e1'),
      { before: undefined, after: { ids: [], expired: 3 } },
      aChange('e2'),
    ]);

    expect(recordedCounts).toEqual([{ ThingHappened: 3, Expired: 3 }]);
  });

  test('counts nothing of what is still to come', async () => {
    const away: BusResponse = { throws: new Error('the bus is away') };
    await publisher(new ScriptedBus(ACCEPT_ALL, ...Array<BusResponse>(ATTEMPTS_MAX).fill(away)))([
      aChange('e0'),
      aChange(...eventIds(1, 10)),
    ]);

    expect(recordedCounts).toEqual([{ ThingHappened: 1 }]);
  });

  test('logs each event with the correlation id of what it came of', async () => {
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

  test('the events of one change may lie in two requests', async () => {
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
  ])('%s is done without a request', async (_case, changes) => {
    const bus = new ScriptedBus();

    const outcome = await publisher(bus)(changes);

    expect(outcome).toMatchObject({ rejected: [], handledCount: changes.length });
    expect(bus.sent.flat()).toEqual([]);
  });
});

describe('a bus that takes a part', () => {
  test('is sent again what it did not take, and only that, with the same event ids', async () => {
    const bus = new ScriptedBus(rejectAt(1, 3));

    const outcome = await publisher(bus)(createChanges(5));

    expect(outcome).toMatchObject({ rejected: [], handledCount: 5 });
    expect(bus.sent).toEqual([eventIds(0, 4), ['e1', 'e3']]);
    expect(bus.requests[1]).toEqual([bus.requests[0]?.[1], bus.requests[0]?.[3]]);
  });

  test('of what it was sent again is sent what is still left', async () => {
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

  test('for good stops the batch at the first record that it did not take', async () => {
    const bus = new ScriptedBus(...Array<BusResponse>(ATTEMPTS_MAX).fill(rejectAt(0, 1)));

    const outcome = await publisher(bus)([
      aChange('e0'),
      aChange('e1'),
      ...Array.from({ length: 10 }, (_, index) => aChange(`f${index}`)),
    ]);

    expect(outcome).toMatchObject({ handledCount: 0 });
    // The second request of the batch is never made: its events would overtake those that failed.
    expect(bus.sent.flat()).not.toContain('f9');
  });

  test('in a later request leaves the earlier ones done', async () => {
    const bus = new ScriptedBus(ACCEPT_ALL, ...Array<BusResponse>(ATTEMPTS_MAX).fill(rejectAt(0)));

    const outcome = await publisher(bus)(createChanges(15));

    expect(outcome).toMatchObject({ handledCount: 10 });
  });

  test('of a change whose events lie in two requests stops at that change', async () => {
    const bus = new ScriptedBus(ACCEPT_ALL, ...Array<BusResponse>(ATTEMPTS_MAX).fill(rejectAt(0)));

    const outcome = await publisher(bus)([...createChanges(9), aChange('a', 'b'), aChange('c')]);

    expect(outcome).toMatchObject({ handledCount: 9 });
  });
});

describe('a bus that is away', () => {
  const away: BusResponse = { throws: new Error('the bus is away') };

  test('for a while is sent the whole request again', async () => {
    const bus = new ScriptedBus(away, away);

    const outcome = await publisher(bus)(createChanges(2));

    expect(outcome).toMatchObject({ rejected: [], handledCount: 2 });
    expect(bus.sent).toEqual([eventIds(0, 1), eventIds(0, 1), eventIds(0, 1)]);
  });

  test('for good is reported with its fault, and nothing is done', async () => {
    const bus = new ScriptedBus(...Array<BusResponse>(ATTEMPTS_MAX).fill(away));

    const outcome = await publisher(bus)(createChanges(2));

    expect(outcome).toEqual({ handledCount: 0, rejected: [], error: new Error('the bus is away') });
    expect(bus.requests).toHaveLength(ATTEMPTS_MAX);
  });
});

describe('a change that can never be published', () => {
  const error = new Error('a record that nobody understands');
  const placesOf = ({ rejected = [] }: BatchProgress) => rejected.map(({ index }) => index);

  test('is refused; what comes before it and after it is published, in order', async () => {
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
  ])('%s is refused', async (_place, changes, rejected, sent) => {
    const bus = new ScriptedBus();

    const outcome = await publisher(bus)(changes);

    expect([outcome.handledCount, placesOf(outcome), bus.sent.flat()]).toEqual([
      changes.length,
      rejected,
      sent,
    ]);
  });

  test('because the bus calls its entry malformed, is not sent again; the others are', async () => {
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

  test('because it makes the request invalid, is found by sending each entry alone', async () => {
    const bus = new ScriptedBus();

    const outcome = await publisher(bus)([aChange('e0'), aChange('invalid'), aChange('e1')]);

    expect(placesOf(outcome)).toEqual([1]);
    expect(outcome.handledCount).toBe(3);
    expect(bus.sent).toEqual([['e0', 'invalid', 'e1'], ['e0'], ['invalid'], ['e1']]);
  });

  test('among entries that are sent alone does not hide that the bus went away', async () => {
    const away: BusResponse = { throws: new Error('the bus is away') };
    const bus = new ScriptedBus(
      ACCEPT_ALL,
      ACCEPT_ALL,
      ...Array<BusResponse>(ATTEMPTS_MAX).fill(away),
    );

    const outcome = await publisher(bus)([
      aChange('e0'),
      aChange('e1'),
      aChange('invalid'),
      aChange('e2'),
    ]);

    expect(outcome).toEqual({ handledCount: 1, rejected: [], error: new Error('the bus is away') });
  });

  test('has none of its later events sent, once the bus has refused one', async () => {
    const bus = new ScriptedBus();

    const outcome = await publisher(bus)([
      ...createChanges(9),
      aChange('malformed', 'a', 'b'),
      aChange('c'),
    ]);

    expect(placesOf(outcome)).toEqual([9]);
    expect(bus.sent.flat()).toEqual([...eventIds(0, 8), 'malformed', 'c']);
  });

  test('does not stop the batch by its other entries, which the bus did not take either', async () => {
    const bus = new ScriptedBus(...Array<BusResponse>(ATTEMPTS_MAX).fill(rejectAt(0)));

    const outcome = await publisher(bus)([aChange('a', 'malformed'), aChange(), aChange('e1')]);

    expect([outcome.handledCount, placesOf(outcome)]).toEqual([3, [0]]);
  });

  test('is refused once, though several of its entries are', async () => {
    const outcome = await publisher(new ScriptedBus())([aChange('malformed-1', 'malformed-2')]);

    expect(placesOf(outcome)).toEqual([0]);
  });

  test('behind one that failed is left for the retry', async () => {
    const bus = new ScriptedBus(...Array<BusResponse>(ATTEMPTS_MAX).fill(rejectAt(0)));

    const outcome = await publisher(bus)([aChange('e0'), POISON_CHANGE, aChange('malformed')]);

    expect(outcome).toEqual({
      handledCount: 0,
      rejected: [],
      error: new Error('entry 0 was throttled'),
    });
  });

  test('counts nothing', async () => {
    await publisher(new ScriptedBus())([aChange('e0'), POISON_CHANGE, aChange('e1')]);

    expect(recordedCounts).toEqual([{ ThingHappened: 2 }]);
  });

  test('is one whose counts cannot be told', async () => {
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

  test('is kept below the limit by sending events apart', async () => {
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
