import { describe, expect, test, vi } from 'vitest';
import { REQUEST_BYTES_MAX } from '../../../../../lambdas/shared/events/put-events.ts';
import type { ItemChange } from '../../../../../lambdas/shared/events/stream-change.ts';
import {
  ACCEPT_ALL,
  ATTEMPTS_MAX,
  aChange,
  type BusResponse,
  createChanges,
  eventIds,
  eventsOf,
  OCCURRED_AT,
  publisher,
  recordedCounts,
  ScriptedBus,
  skipDelays,
} from './scripted-bus.ts';

skipDelays();

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
