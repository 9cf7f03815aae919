import type { DynamoDBRecord } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ItemChange, streamHandler } from '../../../lambdas/shared/stream-handler.ts';
import { aContext } from '../../support/http-event.ts';

const image = (name: string) => ({ pk: { S: name }, count: { N: '3' }, held: { M: { '60': { N: '1' } } } });
const item = (name: string) => ({ pk: name, count: 3, held: { 60: 1 } });
const aRecord = (index: number, images: DynamoDBRecord['dynamodb'] = {}): DynamoDBRecord => ({
  eventID: `event-${index}`,
  dynamodb: { SequenceNumber: `${100 + index}`, ...images },
});
const three = [aRecord(0), aRecord(1), aRecord(2)];

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
    const handler = streamHandler({ run: async () => ({ done }) });

    expect(await handler({ Records: three }, aContext())).toEqual({ batchItemFailures });
  });

  test('of none reports none', async () => {
    const handler = streamHandler({ run: async () => ({ done: 0 }) });

    expect(await handler({ Records: [] }, aContext())).toEqual({ batchItemFailures: [] });
  });

  test('that stopped is logged with its record and its fault', async () => {
    const handler = streamHandler({ run: async () => ({ done: 1, fault: new Error('the bus is away') }) });

    await handler({ Records: three }, aContext());

    const [line] = vi.mocked(process.stdout.write).mock.calls[0] ?? [];
    expect(JSON.parse(String(line))).toMatchObject({
      level: 'error',
      message: 'stream record failed',
      eventId: 'event-1',
      done: 1,
      of: 3,
      error: { message: 'the bus is away' },
    });
  });

  test('whose handling throws fails whole: Lambda comes again with all of it', async () => {
    const handler = streamHandler({ run: () => Promise.reject(new Error('a bug')) });

    await expect(handler({ Records: three }, aContext())).rejects.toThrow('a bug');
  });
});
