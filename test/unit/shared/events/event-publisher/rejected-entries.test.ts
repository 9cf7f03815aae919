import { describe, expect, test } from 'vitest';
import type { BatchProgress } from '../../../../../lambdas/shared/events/batch-progress.ts';
import { createEventPublisher } from '../../../../../lambdas/shared/events/event-publisher.ts';
import type { ItemChange } from '../../../../../lambdas/shared/events/stream-change.ts';
import {
  ACCEPT_ALL,
  ATTEMPTS_MAX,
  aChange,
  type BusResponse,
  createChanges,
  eventIds,
  eventsOf,
  metrics,
  publisher,
  recordedCounts,
  ScriptedBus,
  skipDelays,
} from './scripted-bus.ts';

skipDelays();

const rejectAt = (...places: readonly number[]): BusResponse => ({ rejects: places });

const POISON_CHANGE: ItemChange = { before: undefined, after: { poison: true } };

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
