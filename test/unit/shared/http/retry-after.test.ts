import { afterEach, describe, expect, test, vi } from 'vitest';
import { RetryLater } from '../../../../lambdas/shared/core/faults.ts';
import { httpHandler, ok } from '../../../../lambdas/shared/http/http-handler.ts';
import { retryAfterSecondsOf, spreadSeconds } from '../../../../lambdas/shared/http/retry-after.ts';
import { aContext, anHttpEvent } from '../../../support/http-event.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the time to a retry', () => {
  test.each([
    [1, [1, 2, 3]],
    [5, [5, 6, 7, 8]],
    [60, Array.from({ length: 31 }, (_, more) => 60 + more)],
  ])('of %i seconds is any of %j', (seconds, all) => {
    const found = all.map((_, place) => spreadSeconds(seconds, () => (place + 0.5) / all.length));

    expect(found).toEqual(all);
    expect(spreadSeconds(seconds, () => 0)).toBe(seconds);
    expect(spreadSeconds(seconds, () => 1 - Number.EPSILON)).toBe(all.at(-1));
  });

  test('differs among requests that are rejected together: no second gets more than half of them', async () => {
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const handler = httpHandler({
      run: () => Promise.reject(new RetryLater('busy')),
      respond: ok,
      refusals: {},
    });
    const answers = await Promise.all(
      Array.from({ length: 300 }, () => handler(anHttpEvent({ method: 'GET' }), aContext())),
    );

    const bySecond = Map.groupBy(answers, ({ headers }) => Number(headers?.['retry-after']));
    expect([...bySecond.keys()].sort()).toEqual([1, 2, 3]);
    for (const rejected of bySecond.values()) expect(rejected.length).toBeLessThan(150);
  });
});

test.each([
  ['7', 7],
  ['0', 0],
  ['1.5', undefined],
  ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
  ['', undefined],
  [undefined, undefined],
])('Retry-After %j reads as %s seconds', (given, seconds) => {
  expect(
    retryAfterSecondsOf(new Headers(given === undefined ? {} : { 'retry-after': given })),
  ).toBe(seconds);
});
