import { EventBridgeClient, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  eventPublisher,
  type Publishable,
  REQUEST_BYTES_MAX,
} from '../../../../lambdas/shared/events/event-bus.ts';
import type { Progress } from '../../../../lambdas/shared/events/progress.ts';
import type { Item, ItemChange } from '../../../../lambdas/shared/events/stream-handler.ts';

const TRIES_MAX = 6;
const OCCURRED_AT = '2026-01-01T12:00:00.000Z';

/** How the bus takes one request: the places of the entries that it does not take, or a fault. */
type Taking =
  | { readonly refuses: readonly number[] }
  | { readonly throws: Error }
  /** The results of the first entries, and nothing of the others. */
  | { readonly answersOnly: number };
const all: Taking = { refuses: [] };
/** Events that this bus takes from nobody. */
const UNACCEPTABLE = /^malformed/;
const INVALID = /^invalid/;
const refusing = (...places: readonly number[]): Taking => ({ refuses: places });

/** A bus that takes each request as the script says; all of it, once the script is at its end. */
class ScriptedBus {
  readonly requests: (readonly PutEventsRequestEntry[])[] = [];
  readonly client = new EventBridgeClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });

  constructor(...script: readonly Taking[]) {
    const open = [...script];
    this.client.middlewareStack.add(
      () => async (args) => {
        const { Entries: entries = [] } = args.input as { Entries?: PutEventsRequestEntry[] };
        this.requests.push(entries);
        const taking = open.shift() ?? all;
        if ('throws' in taking) throw taking.throws;
        if ('answersOnly' in taking) {
          const taken = entries.slice(0, taking.answersOnly);
          const Entries = taken.map((_, place) => ({ EventId: `bus-${place}` }));
          return { output: { $metadata: {}, FailedEntryCount: 0, Entries }, response: undefined };
        }
        const idOf = ({ Detail = '' }: PutEventsRequestEntry): string => JSON.parse(Detail).eventId;
        if (entries.some((entry) => INVALID.test(idOf(entry))))
          throw Object.assign(new Error('the request is over the limit'), {
            name: 'ValidationException',
          });
        const results = entries.map((entry, place) => {
          if (taking.refuses.includes(place))
            return {
              ErrorCode: 'ThrottlingException',
              ErrorMessage: `entry ${place} was throttled`,
            };
          if (UNACCEPTABLE.test(idOf(entry)))
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

const event = (eventId: string, words?: string): Publishable => {
  const detail = { eventId, occurredAt: OCCURRED_AT, correlationId: 'c-1' };
  return {
    type: 'ThingHappened',
    detail: words === undefined ? detail : ({ ...detail, words } as typeof detail),
  };
};
/** A change of which these events are published. */
const changeOf = (...ids: readonly string[]): ItemChange => ({ before: undefined, after: { ids } });
const POISON: ItemChange = { before: undefined, after: { poison: true } };
const numbered = (count: number) =>
  Array.from({ length: count }, (_, index) => changeOf(`e${index}`));
const ids = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `e${from + index}`);

const eventsOf = (_before: Item | undefined, after: Item | undefined): Publishable[] => {
  if (after?.poison) throw new Error('a record that nobody understands');
  const { ids: found, words } = after as { ids: readonly string[]; words?: string };
  return found.map((eventId) => event(eventId, words));
};
let counted: Readonly<Record<string, number>>[] = [];
const metrics = {
  put: () => {},
  count: (counts: Readonly<Record<string, number>>) => counted.push(counts),
};
const countsOf = (after: Item | undefined) =>
  after?.lapsed ? { Lapsed: Number(after.lapsed) } : {};
const publisher = ({ client }: ScriptedBus) =>
  eventPublisher(
    { busName: 'stockbook', source: 'stockbook.things', eventsOf, metrics, countsOf },
    client,
  );

beforeEach(() => {
  counted = [];
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

    const outcome = await publisher(bus)([changeOf('e0')]);

    expect(outcome).toMatchObject({ refused: [], done: 1 });
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

    const outcome = await publisher(bus)(numbered(3));

    expect(outcome).toMatchObject({ refused: [], done: 3 });
    expect(bus.sent).toEqual([ids(0, 2), ids(1, 2)]);
  });

  test('counts what was published, by type, and what else is counted of a change', async () => {
    await publisher(new ScriptedBus())([
      changeOf('e0', 'e1'),
      { before: undefined, after: { ids: [], lapsed: 3 } },
      changeOf('e2'),
    ]);

    expect(counted).toEqual([{ ThingHappened: 3, Lapsed: 3 }]);
  });

  test('counts nothing of what is still to come', async () => {
    const away: Taking = { throws: new Error('the bus is away') };
    await publisher(new ScriptedBus(all, ...Array<Taking>(TRIES_MAX).fill(away)))([
      changeOf('e0'),
      changeOf(...ids(1, 10)),
    ]);

    expect(counted).toEqual([{ ThingHappened: 1 }]);
  });

  test('logs each event with the correlation id of what it came of', async () => {
    await publisher(new ScriptedBus())([changeOf('e0')]);

    expect(
      vi.mocked(process.stdout.write).mock.calls.map(([line]) => JSON.parse(String(line))),
    ).toMatchObject([
      { message: 'published', type: 'ThingHappened', eventId: 'e0', correlationId: 'c-1' },
    ]);
  });

  test.each([
    [9, [ids(0, 8)]],
    [10, [ids(0, 9)]],
    [11, [ids(0, 9), ids(10, 10)]],
    [20, [ids(0, 9), ids(10, 19)]],
    [21, [ids(0, 9), ids(10, 19), ids(20, 20)]],
  ])('%i events takes requests of at most 10, in order', async (count, sent) => {
    const bus = new ScriptedBus();

    const outcome = await publisher(bus)(numbered(count));

    expect(outcome).toMatchObject({ refused: [], done: count });
    expect(bus.sent).toEqual(sent);
  });

  test('the events of one change may lie in two requests', async () => {
    const bus = new ScriptedBus();

    const outcome = await publisher(bus)([...numbered(9), changeOf('a', 'b', 'c')]);

    expect(outcome).toMatchObject({ refused: [], done: 10 });
    expect(bus.sent).toEqual([
      [...ids(0, 8), 'a'],
      ['b', 'c'],
    ]);
  });

  test.each([
    ['no changes', []],
    ['changes without events', [changeOf(), changeOf()]],
  ])('%s is done without a request', async (_case, changes) => {
    const bus = new ScriptedBus();

    const outcome = await publisher(bus)(changes);

    expect(outcome).toMatchObject({ refused: [], done: changes.length });
    expect(bus.sent.flat()).toEqual([]);
  });
});

describe('a bus that takes a part', () => {
  test('is sent again what it did not take, and only that, with the same event ids', async () => {
    const bus = new ScriptedBus(refusing(1, 3));

    const outcome = await publisher(bus)(numbered(5));

    expect(outcome).toMatchObject({ refused: [], done: 5 });
    expect(bus.sent).toEqual([ids(0, 4), ['e1', 'e3']]);
    expect(bus.requests[1]).toEqual([bus.requests[0]?.[1], bus.requests[0]?.[3]]);
  });

  test('of what it was sent again is sent what is still left', async () => {
    const bus = new ScriptedBus(refusing(0, 2, 4), refusing(1));

    const outcome = await publisher(bus)(numbered(5));

    expect(outcome).toMatchObject({ refused: [], done: 5 });
    expect(bus.sent).toEqual([ids(0, 4), ['e0', 'e2', 'e4'], ['e2']]);
  });

  test.each([
    [TRIES_MAX - 2, { done: 3, refused: [], fault: undefined }],
    [TRIES_MAX - 1, { done: 3, refused: [], fault: undefined }],
    [TRIES_MAX, { done: 1, refused: [], fault: new Error('entry 0 was throttled') }],
  ])(
    `is tried ${TRIES_MAX} times: refusing one entry %i times comes to %o`,
    async (times, outcome) => {
      const again = Array<Taking>(times - 1).fill(refusing(0));
      const bus = new ScriptedBus(refusing(1), ...again);

      expect(await publisher(bus)(numbered(3))).toEqual(outcome);
      expect(bus.requests).toHaveLength(Math.min(times + 1, TRIES_MAX));
    },
  );

  test('for good stops the batch at the first record that it did not take', async () => {
    const bus = new ScriptedBus(...Array<Taking>(TRIES_MAX).fill(refusing(0, 1)));

    const outcome = await publisher(bus)([
      changeOf('e0'),
      changeOf('e1'),
      ...Array.from({ length: 10 }, (_, index) => changeOf(`f${index}`)),
    ]);

    expect(outcome).toMatchObject({ done: 0 });
    // The second request of the batch is never made: its events would overtake those that failed.
    expect(bus.sent.flat()).not.toContain('f9');
  });

  test('in a later request leaves the earlier ones done', async () => {
    const bus = new ScriptedBus(all, ...Array<Taking>(TRIES_MAX).fill(refusing(0)));

    const outcome = await publisher(bus)(numbered(15));

    expect(outcome).toMatchObject({ done: 10 });
  });

  test('of a change whose events lie in two requests stops at that change', async () => {
    const bus = new ScriptedBus(all, ...Array<Taking>(TRIES_MAX).fill(refusing(0)));

    const outcome = await publisher(bus)([...numbered(9), changeOf('a', 'b'), changeOf('c')]);

    expect(outcome).toMatchObject({ done: 9 });
  });
});

describe('a bus that is away', () => {
  const away: Taking = { throws: new Error('the bus is away') };

  test('for a while is sent the whole request again', async () => {
    const bus = new ScriptedBus(away, away);

    const outcome = await publisher(bus)(numbered(2));

    expect(outcome).toMatchObject({ refused: [], done: 2 });
    expect(bus.sent).toEqual([ids(0, 1), ids(0, 1), ids(0, 1)]);
  });

  test('for good is reported with its fault, and nothing is done', async () => {
    const bus = new ScriptedBus(...Array<Taking>(TRIES_MAX).fill(away));

    const outcome = await publisher(bus)(numbered(2));

    expect(outcome).toEqual({ done: 0, refused: [], fault: new Error('the bus is away') });
    expect(bus.requests).toHaveLength(TRIES_MAX);
  });
});

describe('a change that can never be published', () => {
  const fault = new Error('a record that nobody understands');
  const placesOf = ({ refused = [] }: Progress) => refused.map(({ index }) => index);

  test('is refused; what comes before it and after it is published, in order', async () => {
    const bus = new ScriptedBus();

    const outcome = await publisher(bus)([changeOf('e0'), changeOf('e1'), POISON, changeOf('e2')]);

    expect(outcome).toEqual({ done: 4, refused: [{ index: 2, fault }], fault: undefined });
    expect(bus.sent).toEqual([ids(0, 2)]);
  });

  test.each([
    ['first', [POISON, changeOf('e0')], [0], ['e0']],
    ['last', [changeOf('e0'), POISON], [1], ['e0']],
    ['alone', [POISON], [0], []],
    ['in a row', [POISON, POISON, changeOf('e0'), POISON], [0, 1, 3], ['e0']],
  ])('%s is refused', async (_place, changes, refused, sent) => {
    const bus = new ScriptedBus();

    const outcome = await publisher(bus)(changes);

    expect([outcome.done, placesOf(outcome), bus.sent.flat()]).toEqual([
      changes.length,
      refused,
      sent,
    ]);
  });

  test('because the bus calls its entry malformed, is not sent again; the others are', async () => {
    const bus = new ScriptedBus(refusing(0), all);

    const outcome = await publisher(bus)([changeOf('e0'), changeOf('malformed'), changeOf('e1')]);

    expect(outcome).toEqual({
      done: 3,
      refused: [{ index: 1, fault: new Error('Detail is malformed.') }],
      fault: undefined,
    });
    expect(bus.sent).toEqual([['e0', 'malformed', 'e1'], ['e0']]);
    expect(counted).toEqual([{ ThingHappened: 2 }]);
  });

  test('because it makes the request invalid, is found by sending each entry alone', async () => {
    const bus = new ScriptedBus();

    const outcome = await publisher(bus)([changeOf('e0'), changeOf('invalid'), changeOf('e1')]);

    expect(placesOf(outcome)).toEqual([1]);
    expect(outcome.done).toBe(3);
    expect(bus.sent).toEqual([['e0', 'invalid', 'e1'], ['e0'], ['invalid'], ['e1']]);
  });

  test('among entries that are sent alone does not hide that the bus went away', async () => {
    const away: Taking = { throws: new Error('the bus is away') };
    const bus = new ScriptedBus(all, all, ...Array<Taking>(TRIES_MAX).fill(away));

    const outcome = await publisher(bus)([
      changeOf('e0'),
      changeOf('e1'),
      changeOf('invalid'),
      changeOf('e2'),
    ]);

    expect(outcome).toEqual({ done: 1, refused: [], fault: new Error('the bus is away') });
  });

  test('has none of its later events sent, once the bus has refused one', async () => {
    const bus = new ScriptedBus();

    const outcome = await publisher(bus)([
      ...numbered(9),
      changeOf('malformed', 'a', 'b'),
      changeOf('c'),
    ]);

    expect(placesOf(outcome)).toEqual([9]);
    expect(bus.sent.flat()).toEqual([...ids(0, 8), 'malformed', 'c']);
  });

  test('does not stop the batch by its other entries, which the bus did not take either', async () => {
    const bus = new ScriptedBus(...Array<Taking>(TRIES_MAX).fill(refusing(0)));

    const outcome = await publisher(bus)([changeOf('a', 'malformed'), changeOf(), changeOf('e1')]);

    expect([outcome.done, placesOf(outcome)]).toEqual([3, [0]]);
  });

  test('is refused once, though several of its entries are', async () => {
    const outcome = await publisher(new ScriptedBus())([changeOf('malformed-1', 'malformed-2')]);

    expect(placesOf(outcome)).toEqual([0]);
  });

  test('behind one that failed is left for the retry', async () => {
    const bus = new ScriptedBus(...Array<Taking>(TRIES_MAX).fill(refusing(0)));

    const outcome = await publisher(bus)([changeOf('e0'), POISON, changeOf('malformed')]);

    expect(outcome).toEqual({ done: 0, refused: [], fault: new Error('entry 0 was throttled') });
  });

  test('counts nothing', async () => {
    await publisher(new ScriptedBus())([changeOf('e0'), POISON, changeOf('e1')]);

    expect(counted).toEqual([{ ThingHappened: 2 }]);
  });

  test('is one whose counts cannot be told', async () => {
    const broken = () => {
      throw fault;
    };
    const { client } = new ScriptedBus();
    const publish = eventPublisher(
      { busName: 'b', source: 's', eventsOf, metrics, countsOf: broken },
      client,
    );

    expect(await publish([changeOf('e0')])).toEqual({
      done: 1,
      refused: [{ index: 0, fault }],
      fault: undefined,
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
  ])('of one event of %i bytes: refused are %o', async (bytes, refused) => {
    const bus = new ScriptedBus();

    const outcome = await publisher(bus)([changeOf('e0'), wordy('large', bytes), changeOf('e1')]);

    expect(outcome.done).toBe(3);
    expect(outcome.refused?.map(({ index }) => index)).toEqual(refused);
    expect(bus.sent.flat()).toEqual(refused.length > 0 ? ['e0', 'e1'] : ['e0', 'large', 'e1']);
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
