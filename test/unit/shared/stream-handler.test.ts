import type { DynamoDBRecord } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ItemChange, readInOrder, streamHandler } from '../../../lambdas/shared/stream-handler.ts';
import { UnreadableRecord } from '../../../lambdas/shared/unreadable.ts';
import { aContext } from '../../support/http-event.ts';

const image = (name: string) => ({ pk: { S: name }, count: { N: '3' }, held: { M: { '60': { N: '1' } } } });
const item = (name: string) => ({ pk: name, count: 3, held: { 60: 1 } });
const aRecord = (index: number, images: DynamoDBRecord['dynamodb'] = {}): DynamoDBRecord => ({
  eventID: `event-${index}`,
  dynamodb: { SequenceNumber: `${100 + index}`, ...images },
});
const three = [aRecord(0), aRecord(1), aRecord(2)];
const none = () => Promise.reject(new Error('nothing goes to the dead letters here'));

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
      deadLetters: none,
      run: async (changes) => {
        seen.push(changes);
        return { done: changes.length };
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
  ])('of three of which %i are done reports the first that is not', async (done, batchItemFailures) => {
    const handler = streamHandler({ deadLetters: none, run: async () => ({ done }) });

    expect(await handler({ Records: three }, aContext())).toEqual({ batchItemFailures });
  });

  test('of none reports none', async () => {
    const handler = streamHandler({ deadLetters: none, run: async () => ({ done: 0 }) });

    expect(await handler({ Records: [] }, aContext())).toEqual({ batchItemFailures: [] });
  });

  test('that stopped is logged with its record and its fault', async () => {
    const handler = streamHandler({
      deadLetters: none,
      run: async () => ({ done: 1, fault: new Error('the bus is away') }),
    });

    await handler({ Records: three }, aContext());

    const [line] = vi.mocked(process.stdout.write).mock.calls[0] ?? [];
    expect(JSON.parse(String(line))).toMatchObject({
      level: 'ERROR',
      message: 'stream record failed',
      eventId: 'event-1',
      done: 1,
      of: 3,
      error: { message: 'the bus is away' },
    });
  });

  test('whose handling throws fails whole: Lambda comes again with all of it', async () => {
    const handler = streamHandler({ deadLetters: none, run: () => Promise.reject(new Error('a bug')) });

    await expect(handler({ Records: three }, aContext())).rejects.toThrow('a bug');
  });
});

describe('a record that cannot be read', () => {
  const unreadable = new UnreadableRecord({
    table: 'orders',
    key: 'ORDER#ord-1 ORDER',
    problem: 'lines: is missing',
  });
  /** Fails at the records whose image says so, as a publisher does. */
  const run = async (changes: readonly ItemChange[]) => {
    const done = changes.findIndex(({ after }) => after?.pk === 'damaged');
    return done === -1 ? { done: changes.length } : { done, fault: unreadable };
  };
  const damaged = (index: number) => aRecord(index, { NewImage: image('damaged') });
  const sound = (index: number) => aRecord(index, { NewImage: image('sound') });

  test('goes to the dead letters at once and alone, and those behind it are handled', async () => {
    const letters: [string | undefined, string][] = [];
    const handler = streamHandler({
      run,
      deadLetters: async ({ eventID }, problem) => {
        letters.push([eventID, problem]);
      },
    });

    const answer = await handler(
      { Records: [sound(0), damaged(1), sound(2), damaged(3), sound(4)] },
      aContext(),
    );

    expect(answer).toEqual({ batchItemFailures: [] });
    const problem = 'orders: ORDER#ord-1 ORDER cannot be read: lines: is missing';
    expect(letters).toEqual([
      ['event-1', problem],
      ['event-3', problem],
    ]);
  });

  test('is retried by Lambda where the queue does not take it', async () => {
    const handler = streamHandler({ run, deadLetters: none });

    await expect(handler({ Records: [sound(0), damaged(1)] }, aContext())).rejects.toThrow('dead letters');
  });

  test('is not put there again when it is redriven', async () => {
    const handler = streamHandler({ run, deadLetters: none });
    const event = { unreadable: { problem: 'x', at: '2026-01-01T12:00:00.000Z' }, Records: [damaged(1)] };

    expect(await handler(event, aContext())).toEqual({ batchItemFailures: [{ itemIdentifier: '101' }] });
  });

  test('does not hide that one before it failed', async () => {
    const handler = streamHandler({
      run: (changes) =>
        readInOrder(
          changes,
          ({ after }) => {
            if (after?.pk === 'damaged') throw unreadable;
            return after;
          },
          async () => ({ done: 0, fault: new Error('the bus is away') }),
        ),
      deadLetters: none,
    });

    const answer = await handler({ Records: [sound(0), damaged(1)] }, aContext());

    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '100' }] });
  });

  test('with a number of more digits than a double has is read as the others are', async () => {
    const seen: unknown[] = [];
    const handler = streamHandler({
      deadLetters: none,
      run: async (changes) => {
        seen.push(...changes.map(({ after }) => after?.count));
        return { done: changes.length };
      },
    });

    await handler(
      { Records: [aRecord(0, { NewImage: { count: { N: '12345678901234567890' } } })] },
      aContext(),
    );

    expect(seen).toEqual([12345678901234567000]);
  });
});
