import { describe, expect, test } from 'vitest';
import type { InvokeResult } from '../../../../local/functions/invoke.ts';
import {
  type BatchPolicy,
  type DiscardedBatch,
  handleBatch,
  type StreamRecord,
} from '../../../../local/streams/stream-batch.ts';

const POLICY: BatchPolicy = {
  bisectsOnError: false,
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
const textOf = (batch: readonly StreamRecord[]): string => batch.map(({ event }) => event).join('');

const success = (payload: unknown = null): InvokeResult => ({ ok: true, payload });
const failure: InvokeResult = { ok: false, error: { errorType: 'Error', errorMessage: 'no' } };
const failureReport = (...letters: string[]): InvokeResult =>
  success({ batchItemFailures: letters.map((itemIdentifier) => ({ itemIdentifier })) });

/** Runs a batch against a function. Returns the batches that it received and what was discarded. */
async function runBatch(
  batch: readonly StreamRecord[],
  policy: Partial<BatchPolicy>,
  respond: (letters: string, calls: number) => InvokeResult,
) {
  const calls: string[] = [];
  const discarded: Omit<DiscardedBatch, 'records'>[] = [];
  await handleBatch(
    batch,
    { ...POLICY, ...policy },
    {
      signal: new AbortController().signal,
      backoff: async () => {},
      invoke: async (part) => {
        calls.push(textOf(part));
        return respond(textOf(part), calls.length);
      },
      discard: async ({ records: lost, ...why }) => {
        discarded.push({ ...why, records: textOf(lost) } as never);
      },
    },
  );
  return { calls, discarded };
}

describe('a batch of a stream', () => {
  test('is invoked once when it succeeds', async () => {
    expect(await runBatch(records('abc'), {}, () => success())).toEqual({
      calls: ['abc'],
      discarded: [],
    });
  });

  test('is retried whole, and discarded after the last attempt', async () => {
    expect(await runBatch(records('abc'), {}, () => failure)).toEqual({
      calls: ['abc', 'abc', 'abc'],
      discarded: [
        { reason: 'RetryAttemptsExhausted', records: 'abc', invokeCount: 3, isFunctionError: true },
      ],
    });
  });

  test('succeeds after failures', async () => {
    const { calls, discarded } = await runBatch(records('abc'), {}, (_, call) =>
      call < 3 ? failure : success(),
    );

    expect({ calls, discarded }).toEqual({ calls: ['abc', 'abc', 'abc'], discarded: [] });
  });

  test('loses only the failing record when bisected, in order, and splits are not attempts', async () => {
    const { calls, discarded } = await runBatch(
      records('abcd'),
      { bisectsOnError: true },
      (letters) => (letters.includes('c') ? failure : success()),
    );

    expect(calls).toEqual(['abcd', 'ab', 'cd', 'c', 'c', 'c', 'd']);
    expect(discarded).toEqual([
      { reason: 'RetryAttemptsExhausted', records: 'c', invokeCount: 3, isFunctionError: true },
    ]);
  });

  test('continues from a reported record', async () => {
    const { calls, discarded } = await runBatch(
      records('abcd'),
      { reportsFailures: true },
      (_, call) => (call === 1 ? failureReport('d', 'c') : success()),
    );

    expect({ calls, discarded }).toEqual({ calls: ['abcd', 'cd'], discarded: [] });
  });

  test('loses only a record that is always reported, when bisected', async () => {
    const { calls, discarded } = await runBatch(
      records('abcd'),
      { reportsFailures: true, bisectsOnError: true },
      (letters) => (letters.includes('b') ? failureReport('b') : failureReport()),
    );

    expect(calls).toEqual(['abcd', 'bcd', 'bc', 'b', 'b', 'b', 'c', 'd']);
    expect(discarded).toEqual([
      { reason: 'RetryAttemptsExhausted', records: 'b', invokeCount: 3, isFunctionError: false },
    ]);
  });

  test.each([
    ['a record that was not in it', failureReport('z')],
    ['an empty identifier', failureReport('')],
    ['another form', success({ batchItemFailures: 'all' })],
  ])('counts as failed as a whole if the response is %s', async (_, result) => {
    const { calls } = await runBatch(
      records('ab'),
      { reportsFailures: true, retriesMax: 1 },
      () => result,
    );

    expect(calls).toEqual(['ab', 'ab']);
  });

  test('ignores reports when the mapping does not support them', async () => {
    expect(await runBatch(records('ab'), {}, () => failureReport('a'))).toEqual({
      calls: ['ab'],
      discarded: [],
    });
  });

  test('loses records that are too old', async () => {
    const old = record('a', Date.now() - 61_000);

    const { calls, discarded } = await runBatch([old, record('b')], { ageSecondsMax: 60 }, () =>
      success(),
    );

    expect(calls).toEqual(['b']);
    expect(discarded).toMatchObject([{ reason: 'RecordAgeExceeded', records: 'a' }]);
  });

  test('is retried without end when there is no limit', async () => {
    const { calls } = await runBatch(records('a'), { retriesMax: undefined }, (_, call) =>
      call < 5 ? failure : success(),
    );

    expect(calls).toHaveLength(5);
  });
});
