import type { DynamoDBRecord } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UnreadableRecordError } from '../../../../lambdas/shared/core/unreadable-record.ts';
import type { Item } from '../../../../lambdas/shared/dynamodb/item.ts';
import { toRejectedChangeMessage } from '../../../../lambdas/shared/events/rejected-change.ts';
import type { ChangeRecord, ItemChange } from '../../../../lambdas/shared/events/stream-change.ts';
import {
  consumeReadableChanges,
  isSameVersion,
  streamHandler,
} from '../../../../lambdas/shared/events/stream-handler.ts';
import { aContext } from '../../../support/http/http-event.ts';

const image = (name: string) => ({
  pk: { S: name },
  count: { N: '3' },
  held: { M: { '60': { N: '1' } } },
});
const item = (name: string) => ({ pk: name, count: 3, held: { 60: 1 } });
const aRecord = (index: number, images: DynamoDBRecord['dynamodb'] = {}): DynamoDBRecord => ({
  eventID: `event-${index}`,
  dynamodb: { SequenceNumber: `${100 + index}`, ...images },
});
const threeRecords = [aRecord(0), aRecord(1), aRecord(2)];
const noDeadLetters = () => Promise.reject(new Error('nothing goes to the dead letters here'));
const noFallback = {
  read: () => Promise.reject(new Error('nothing is redriven here')),
  matches: isSameVersion,
};

beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('a batch of a stream', () => {
  test('is handed over as items before and after each change, in order', async () => {
    const seen: (readonly ItemChange[])[] = [];
    const handler = streamHandler({
      sendDeadLetter: noDeadLetters,
      fallback: noFallback,
      run: async (changes) => {
        seen.push(changes);
        return { handledCount: changes.length };
      },
    });

    await handler(
      {
        Records: [
          aRecord(0, { NewImage: image('made') }),
          aRecord(1, { OldImage: image('old'), NewImage: image('new') }),
          aRecord(2, { OldImage: image('gone') }),
        ],
      },
      aContext(),
    );

    expect(seen).toEqual([
      [
        { before: undefined, after: item('made') },
        { before: item('old'), after: item('new') },
        { before: item('gone'), after: undefined },
      ],
    ]);
  });

  test.each([
    [0, [{ itemIdentifier: '100' }]],
    [1, [{ itemIdentifier: '101' }]],
    [2, [{ itemIdentifier: '102' }]],
    [3, []],
  ])(
    'of three of which %i are done reports the first that is not',
    async (handledCount, batchItemFailures) => {
      const handler = streamHandler({
        sendDeadLetter: noDeadLetters,
        fallback: noFallback,
        run: async () => ({ handledCount }),
      });

      expect(await handler({ Records: threeRecords }, aContext())).toEqual({ batchItemFailures });
    },
  );

  test('of none reports none', async () => {
    const handler = streamHandler({
      sendDeadLetter: noDeadLetters,
      fallback: noFallback,
      run: async () => ({ handledCount: 0 }),
    });

    expect(await handler({ Records: [] }, aContext())).toEqual({ batchItemFailures: [] });
  });

  test('that stopped is logged with its record and its fault', async () => {
    const handler = streamHandler({
      sendDeadLetter: noDeadLetters,
      fallback: noFallback,
      run: async () => ({ handledCount: 1, error: new Error('the bus is away') }),
    });

    await handler({ Records: threeRecords }, aContext());

    const [line] = vi.mocked(process.stdout.write).mock.calls[0] ?? [];
    expect(JSON.parse(String(line))).toMatchObject({
      level: 'ERROR',
      message: 'stream record failed',
      eventId: 'event-1',
      handledCount: 1,
      of: 3,
      error: { message: 'the bus is away' },
    });
  });

  test('whose handling throws fails whole: Lambda comes again with all of it', async () => {
    const handler = streamHandler({
      sendDeadLetter: noDeadLetters,
      fallback: noFallback,
      run: () => Promise.reject(new Error('a bug')),
    });

    await expect(handler({ Records: threeRecords }, aContext())).rejects.toThrow('a bug');
  });
});

describe('a record that no retry can handle', () => {
  const unreadable = new UnreadableRecordError({
    table: 'orders',
    key: 'ORDER#ord-1 ORDER',
    problem: 'lines: is missing',
  });
  const PROBLEM = 'orders: ORDER#ord-1 ORDER cannot be read: lines: is missing';
  const handled: unknown[] = [];
  /** Refuses the records whose image says so, as a publisher does. */
  const run = async (changes: readonly ItemChange[]) => {
    const places = changes.map(({ after }, index) => ({ name: after?.pk, index }));
    handled.push(...places.filter(({ name }) => name !== 'damaged').map(({ name }) => name));
    const rejected = places.filter(({ name }) => name === 'damaged');
    return {
      handledCount: changes.length,
      rejected: rejected.map(({ index }) => ({ index, error: unreadable })),
    };
  };
  const damaged = (index: number) => aRecord(index, { NewImage: image('damaged') });
  const sound = (index: number) => aRecord(index, { NewImage: image('sound') });
  let sent: [string | undefined, string][];
  const sendDeadLetter = async ({ eventID }: ChangeRecord, problem: string) => {
    sent.push([eventID, problem]);
  };

  beforeEach(() => {
    sent = [];
    handled.length = 0;
  });

  test('goes to the dead letters alone, and those behind it are handled', async () => {
    const handler = streamHandler({ run, sendDeadLetter, fallback: noFallback });

    const response = await handler(
      { Records: [sound(0), damaged(1), sound(2), damaged(3), sound(4)] },
      aContext(),
    );

    expect(response).toEqual({ batchItemFailures: [] });
    expect(handled).toEqual(['sound', 'sound', 'sound']);
    expect(sent).toEqual([
      ['event-1', PROBLEM],
      ['event-3', PROBLEM],
    ]);
    const errors = vi
      .mocked(process.stdout.write)
      .mock.calls.map(([line]) => JSON.parse(String(line)));
    expect(errors).toMatchObject([
      {
        level: 'ERROR',
        message: 'stream record rejected',
        eventId: 'event-1',
        error: { name: 'UnreadableRecordError' },
      },
      { level: 'ERROR', message: 'stream record rejected', eventId: 'event-3' },
    ]);
  });

  test('is reported as failed where the queue does not take it, and so are those behind it', async () => {
    const away = new Error('the queue is away');
    const handler = streamHandler({
      run,
      sendDeadLetter: async ({ eventID }) => {
        if (eventID === 'event-3') throw away;
      },
      fallback: noFallback,
    });

    const response = await handler(
      { Records: [sound(0), damaged(1), sound(2), damaged(3), sound(4)] },
      aContext(),
    );

    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: '103' }] });
  });

  test('goes to the dead letters also where one behind it failed, which is what Lambda retries from', async () => {
    const handler = streamHandler({
      run: async () => ({
        handledCount: 2,
        rejected: [{ index: 1, error: unreadable }],
        error: new Error('the bus is away'),
      }),
      sendDeadLetter,
      fallback: noFallback,
    });

    const response = await handler({ Records: [sound(0), damaged(1), sound(2)] }, aContext());

    expect(sent).toEqual([['event-1', PROBLEM]]);
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: '102' }] });
  });

  test('does not hide that one before it failed', async () => {
    const handler = streamHandler({
      run: (changes) =>
        consumeReadableChanges(
          changes,
          ({ after }) => {
            if (after?.pk === 'damaged') throw unreadable;
            return after;
          },
          async () => ({ handledCount: 0, error: new Error('the bus is away') }),
        ),
      sendDeadLetter: noDeadLetters,
      fallback: noFallback,
    });

    const response = await handler({ Records: [sound(0), damaged(1)] }, aContext());

    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: '100' }] });
  });

  test('with a number of more digits than a double has is read as the others are', async () => {
    const seen: unknown[] = [];
    const handler = streamHandler({
      sendDeadLetter: noDeadLetters,
      fallback: noFallback,
      run: async (changes) => {
        seen.push(...changes.map(({ after }) => after?.count));
        return { handledCount: changes.length };
      },
    });

    await handler(
      { Records: [aRecord(0, { NewImage: { count: { N: '12345678901234567890' } } })] },
      aContext(),
    );

    expect(seen).toEqual([12345678901234567000]);
  });

  describe('when it is redriven', () => {
    const keys = { pk: { S: 'ORDER#ord-1' }, sk: { S: 'ORDER' } };
    const version = { N: '4' };
    const record = aRecord(1, {
      Keys: keys,
      OldImage: { ...image('sound'), version: { N: '3' } },
      NewImage: { ...image('damaged'), version },
    });
    const letter = JSON.parse(toRejectedChangeMessage(record, PROBLEM, '2026-01-01T12:00:00.000Z'));
    const handlerWith = (stored: Item | undefined, asked: unknown[] = []) =>
      streamHandler({
        run,
        sendDeadLetter: noDeadLetters,
        fallback: {
          read: async (key) => {
            asked.push(key);
            return stored;
          },
          matches: isSameVersion,
        },
      });

    test('is handled by a version that can read it, without a look at the table', async () => {
      const changes: (readonly ItemChange[])[] = [];
      const handler = streamHandler({
        run: async (given) => {
          changes.push(given);
          return { handledCount: 1 };
        },
        sendDeadLetter: noDeadLetters,
        fallback: noFallback,
      });

      expect(await handler(letter, aContext())).toEqual({ batchItemFailures: [] });
      expect(changes).toEqual([
        [{ before: { ...item('sound'), version: 3 }, after: { ...item('damaged'), version: 4 } }],
      ]);
    });

    test('is handled with the record of the table, once that was mended', async () => {
      const asked: unknown[] = [];

      const response = await handlerWith({ pk: 'mended', version: 4 }, asked)(letter, aContext());

      expect(response).toEqual({ batchItemFailures: [] });
      expect(asked).toEqual([{ pk: 'ORDER#ord-1', sk: 'ORDER' }]);
      expect(handled).toEqual(['mended']);
    });

    test.each([
      [
        'is still damaged',
        { pk: 'damaged', version: 4 },
        /cannot be read.*Repair the record in the table/,
      ],
      ['has another version', { pk: 'mended', version: 5 }, /another version.*full reconciliation/],
      ['is gone', undefined, /no longer in the table.*full reconciliation/],
    ])('stays in its queue while the record of the table %s', async (_case, stored, message) => {
      await expect(handlerWith(stored)(letter, aContext())).rejects.toThrow(message);
      expect(handled).toEqual([]);
    });

    test('stays in its queue while the bus is away', async () => {
      const handler = streamHandler({
        run: async () => ({ handledCount: 0, error: new Error('the bus is away') }),
        sendDeadLetter: noDeadLetters,
        fallback: noFallback,
      });

      await expect(handler(letter, aContext())).rejects.toThrow('the bus is away');
    });
  });
});

describe('changes of which some can be read', () => {
  const read = ({ after }: ItemChange) => {
    if (after?.pk === 'damaged')
      throw new UnreadableRecordError({
        table: 'inventory',
        key: 'CELL#x BALANCE',
        problem: 'is missing',
      });
    return after?.pk;
  };
  const changesOf = (...names: readonly string[]): ItemChange[] =>
    names.map((pk) => ({ before: undefined, after: { pk } }));
  const placesOf = async (
    changes: readonly ItemChange[],
    progress: { readonly handledCount: number; readonly rejected?: readonly number[] },
  ) => {
    const seen: unknown[] = [];
    const { handledCount, rejected = [] } = await consumeReadableChanges(
      changes,
      read,
      async (values) => {
        seen.push(...values);
        return {
          handledCount: progress.handledCount,
          rejected: (progress.rejected ?? []).map((index) => ({ index, error: 'x' })),
        };
      },
    );
    return { seen, handledCount, rejected: rejected.map(({ index }) => index) };
  };

  test.each([
    ['all are done', { handledCount: 3 }, 5, [0, 3]],
    ['the last fails', { handledCount: 2 }, 4, [0, 3]],
    ['the second fails', { handledCount: 1 }, 2, [0]],
    ['the first fails', { handledCount: 0 }, 1, [0]],
    ['one of them is refused, too', { handledCount: 3, rejected: [1] }, 5, [0, 2, 3]],
  ])(
    'are counted by their places in the batch: %s',
    async (_case, progress, handledCount, rejected) => {
      const changes = changesOf('damaged', 'a', 'b', 'damaged', 'c');

      expect(await placesOf(changes, progress)).toEqual({
        seen: ['a', 'b', 'c'],
        handledCount,
        rejected,
      });
    },
  );

  test('a failure that is none of reading is thrown', async () => {
    const broken = () => {
      throw new Error('a bug');
    };

    await expect(
      consumeReadableChanges(changesOf('a'), broken, async () => ({ handledCount: 1 })),
    ).rejects.toThrow('a bug');
  });
});
