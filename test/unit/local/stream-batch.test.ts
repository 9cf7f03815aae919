import { describe, expect, test } from 'vitest';
import type { InvokeResult } from '../../../local/functions/functions.ts';
import {
  type BatchPolicy,
  type Discarded,
  handleBatch,
  type StreamRecord,
} from '../../../local/streams/stream-batch.ts';

const POLICY: BatchPolicy = {
  bisects: false,
  reportsFailures: false,
  retriesMax: 2,
  ageSecondsMax: undefined,
};
const record = (sequenceNumber: string, createdAt = Date.now()): StreamRecord => ({
  sequenceNumber,
  createdAt,
  event: sequenceNumber,
});
const records = (letters: string) => [...letters].map((letter) => record(letter));
const lettersOf = (batch: readonly StreamRecord[]): string =>
  batch.map(({ event }) => event).join('');

const done = (payload: unknown = null): InvokeResult => ({ ok: true, payload });
const failed: InvokeResult = { ok: false, error: { errorType: 'Error', errorMessage: 'no' } };
const reports = (...letters: string[]): InvokeResult =>
  done({ batchItemFailures: letters.map((itemIdentifier) => ({ itemIdentifier })) });

/** Hands a batch over to a function; answers the batches that it got, and what was discarded. */
async function handed(
  batch: readonly StreamRecord[],
  policy: Partial<BatchPolicy>,
  answer: (letters: string, calls: number) => InvokeResult,
) {
  const calls: string[] = [];
  const discarded: Omit<Discarded, 'records'>[] = [];
  await handleBatch(
    batch,
    { ...POLICY, ...policy },
    {
      signal: new AbortController().signal,
      pause: async () => {},
      invoke: async (part) => {
        calls.push(lettersOf(part));
        return answer(lettersOf(part), calls.length);
      },
      discard: async ({ records: lost, ...why }) => {
        discarded.push({ ...why, records: lettersOf(lost) } as never);
      },
    },
  );
  return { calls, discarded };
}

describe('a batch of a stream', () => {
  test('that is done is handed over once', async () => {
    expect(await handed(records('abc'), {}, () => done())).toEqual({
      calls: ['abc'],
      discarded: [],
    });
  });

  test('that fails is tried again whole, and discarded after its last try', async () => {
    expect(await handed(records('abc'), {}, () => failed)).toEqual({
      calls: ['abc', 'abc', 'abc'],
      discarded: [
        { reason: 'RetryAttemptsExhausted', records: 'abc', invokeCount: 3, isFunctionError: true },
      ],
    });
  });

  test('that fails for a while is done in the end', async () => {
    const { calls, discarded } = await handed(records('abc'), {}, (_, call) =>
      call < 3 ? failed : done(),
    );

    expect({ calls, discarded }).toEqual({ calls: ['abc', 'abc', 'abc'], discarded: [] });
  });

  test('that is bisected leaves only the record that fails, in order, whose tries the splits do not count', async () => {
    const { calls, discarded } = await handed(records('abcd'), { bisects: true }, (letters) =>
      letters.includes('c') ? failed : done(),
    );

    expect(calls).toEqual(['abcd', 'ab', 'cd', 'c', 'c', 'c', 'd']);
    expect(discarded).toEqual([
      { reason: 'RetryAttemptsExhausted', records: 'c', invokeCount: 3, isFunctionError: true },
    ]);
  });

  test('of which a record is reported goes on from there', async () => {
    const { calls, discarded } = await handed(
      records('abcd'),
      { reportsFailures: true },
      (_, call) => (call === 1 ? reports('d', 'c') : done()),
    );

    expect({ calls, discarded }).toEqual({ calls: ['abcd', 'cd'], discarded: [] });
  });

  test('of which a record is reported for ever loses that record only, when it is bisected', async () => {
    const { calls, discarded } = await handed(
      records('abcd'),
      { reportsFailures: true, bisects: true },
      (letters) => (letters.includes('b') ? reports('b') : reports()),
    );

    expect(calls).toEqual(['abcd', 'bcd', 'bc', 'b', 'b', 'b', 'c', 'd']);
    expect(discarded).toEqual([
      { reason: 'RetryAttemptsExhausted', records: 'b', invokeCount: 3, isFunctionError: false },
    ]);
  });

  test.each([
    ['a record that was not in it', reports('z')],
    ['an empty identifier', reports('')],
    ['another form', done({ batchItemFailures: 'all' })],
  ])('that is answered with %s counts as failed whole', async (_, answer) => {
    const { calls } = await handed(
      records('ab'),
      { reportsFailures: true, retriesMax: 1 },
      () => answer,
    );

    expect(calls).toEqual(['ab', 'ab']);
  });

  test('reports are of no account when the mapping does not ask for them', async () => {
    expect(await handed(records('ab'), {}, () => reports('a'))).toEqual({
      calls: ['ab'],
      discarded: [],
    });
  });

  test('loses the records that are too old', async () => {
    const old = record('a', Date.now() - 61_000);

    const { calls, discarded } = await handed([old, record('b')], { ageSecondsMax: 60 }, () =>
      done(),
    );

    expect(calls).toEqual(['b']);
    expect(discarded).toMatchObject([{ reason: 'RecordAgeExceeded', records: 'a' }]);
  });

  test('is tried for ever without a limit', async () => {
    const { calls } = await handed(records('a'), { retriesMax: undefined }, (_, call) =>
      call < 5 ? failed : done(),
    );

    expect(calls).toHaveLength(5);
  });
});
