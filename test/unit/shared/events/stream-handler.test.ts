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
const noDeadLetters = () => Promise.reject(new Error('no dead letter is expected here'));
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
  test('is passed on as items before and after each change, in order', async () => {
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
    'of three changes, %i of them handled, reports the first other one',
    async (handledCount, batchItemFailures) => {
      const handler = streamHandler({
        sendDeadLetter: noDeadLetters,
        fallback: noFallback,
        run: async () => ({ handledCount }),
      });

      expect(await handler({ Records: threeRecords }, aContext())).toEqual({ batchItemFailures });
    },
  );

  test('reports no failure if it is empty', async () => {
    const handler = streamHandler({
      sendDeadLetter: noDeadLetters,
      fallback: noFallback,
      run: async () => ({ handledCount: 0 }),
    });

    expect(await handler({ Records: [] }, aContext())).toEqual({ batchItemFailures: [] });
  });

  test('that stopped is logged with its record and its error', async () => {
    const handler = streamHandler({
      sendDeadLetter: noDeadLetters,
      fallback: noFallback,
      run: async () => ({ handledCount: 1, error: new Error('the bus is unavailable') }),
    });

    await handler({ Records: threeRecords }, aContext());

    const [line] = vi.mocked(process.stdout.write).mock.calls[0] ?? [];
    expect(JSON.parse(String(line))).toMatchObject({
      level: 'ERROR',
      message: 'stream record failed',
      eventId: 'event-1',
      handledCount: 1,
      of: 3,
      error: { message: 'the bus is unavailable' },
    });
  });

  test('fails as a whole if its handling throws, and Lambda retries all of it', async () => {
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
  /** Rejects the records that are named damaged, as a publisher does. */
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

  test('goes to the DLQ alone, and the ones after it are handled', async () => {
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

  test('is reported as failed with the ones after it if the queue rejects it', async () => {
    const unavailable = new Error('the queue is unavailable');
    const handler = streamHandler({
      run,
      sendDeadLetter: async ({ eventID }) => {
        if (eventID === 'event-3') throw unavailable;
      },
      fallback: noFallback,
    });

    const response = await handler(
      { Records: [sound(0), damaged(1), sound(2), damaged(3), sound(4)] },
      aContext(),
    );

    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: '103' }] });
  });

  test('also goes to the DLQ if one after it failed, from which Lambda retries', async () => {
    const handler = streamHandler({
      run: async () => ({
        handledCount: 2,
        rejected: [{ index: 1, error: unreadable }],
        error: new Error('the bus is unavailable'),
      }),
      sendDeadLetter,
      fallback: noFallback,
    });

    const response = await handler({ Records: [sound(0), damaged(1), sound(2)] }, aContext());

    expect(sent).toEqual([['event-1', PROBLEM]]);
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: '102' }] });
  });

  test('does not hide an earlier failure', async () => {
    const handler = streamHandler({
      run: (changes) =>
        consumeReadableChanges(
          changes,
          ({ after }) => {
            if (after?.pk === 'damaged') throw unreadable;
            return after;
          },
          async () => ({ handledCount: 0, error: new Error('the bus is unavailable') }),
        ),
      sendDeadLetter: noDeadLetters,
      fallback: noFallback,
    });

    const response = await handler({ Records: [sound(0), damaged(1)] }, aContext());

    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: '100' }] });
  });

  test('may have a number with more digits than a double', async () => {
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

  describe('that is redriven', () => {
    const keys = { pk: { S: 'ORDER#ord-1' }, sk: { S: 'ORDER' } };
    const version = { N: '4' };
    const record = aRecord(1, {
      Keys: keys,
      OldImage: { ...image('sound'), version: { N: '3' } },
      NewImage: { ...image('damaged'), version },
    });
    const deadLetter = JSON.parse(
      toRejectedChangeMessage(record, PROBLEM, '2026-01-01T12:00:00.000Z'),
    );
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

    test('is handled without a read of the table if it can be read now', async () => {
      const changes: (readonly ItemChange[])[] = [];
      const handler = streamHandler({
        run: async (given) => {
          changes.push(given);
          return { handledCount: 1 };
        },
        sendDeadLetter: noDeadLetters,
        fallback: noFallback,
      });

      expect(await handler(deadLetter, aContext())).toEqual({ batchItemFailures: [] });
      expect(changes).toEqual([
        [{ before: { ...item('sound'), version: 3 }, after: { ...item('damaged'), version: 4 } }],
      ]);
    });

    test('is handled with the stored record once that is repaired', async () => {
      const asked: unknown[] = [];

      const response = await handlerWith({ pk: 'repaired', version: 4 }, asked)(
        deadLetter,
        aContext(),
      );

      expect(response).toEqual({ batchItemFailures: [] });
      expect(asked).toEqual([{ pk: 'ORDER#ord-1', sk: 'ORDER' }]);
      expect(handled).toEqual(['repaired']);
    });

    test.each([
      [
        'is still damaged',
        { pk: 'damaged', version: 4 },
        /cannot be read.*Repair the record in the table/,
      ],
      [
        'has another version',
        { pk: 'repaired', version: 5 },
        /another version.*full reconciliation/,
      ],
      ['no longer exists', undefined, /no longer in the table.*full reconciliation/],
    ])('stays in its queue if the stored record %s', async (_case, stored, message) => {
      await expect(handlerWith(stored)(deadLetter, aContext())).rejects.toThrow(message);
      expect(handled).toEqual([]);
    });

    test('stays in its queue while the bus is unavailable', async () => {
      const handler = streamHandler({
        run: async () => ({ handledCount: 0, error: new Error('the bus is unavailable') }),
        sendDeadLetter: noDeadLetters,
        fallback: noFallback,
      });

      await expect(handler(deadLetter, aContext())).rejects.toThrow('the bus is unavailable');
    });
  });
});

describe('a batch with unreadable changes', () => {
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
    ['all are handled', { handledCount: 3 }, 5, [0, 3]],
    ['the last fails', { handledCount: 2 }, 4, [0, 3]],
    ['the second fails', { handledCount: 1 }, 2, [0]],
    ['the first fails', { handledCount: 0 }, 1, [0]],
    ['one of them is rejected, too', { handledCount: 3, rejected: [1] }, 5, [0, 2, 3]],
  ])(
    'is reported by indexes of the whole batch: %s',
    async (_case, progress, handledCount, rejected) => {
      const changes = changesOf('damaged', 'a', 'b', 'damaged', 'c');

      expect(await placesOf(changes, progress)).toEqual({
        seen: ['a', 'b', 'c'],
        handledCount,
        rejected,
      });
    },
  );

  test('throws an error that does not concern reading', async () => {
    const broken = () => {
      throw new Error('a bug');
    };

    await expect(
      consumeReadableChanges(changesOf('a'), broken, async () => ({ handledCount: 1 })),
    ).rejects.toThrow('a bug');
  });
});
