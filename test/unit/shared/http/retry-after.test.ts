import { afterEach, describe, expect, test, vi } from 'vitest';
import { RetryLaterError } from '../../../../lambdas/shared/core/errors.ts';
import { httpHandler, okResponse } from '../../../../lambdas/shared/http/http-handler.ts';
import {
  addJitterSeconds,
  retryAfterSecondsOf,
} from '../../../../lambdas/shared/http/retry-after.ts';
import { aContext, anHttpEvent } from '../../../support/http/http-event.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('Retry-After', () => {
  test.each([
    [1, [1, 2, 3]],
    [5, [5, 6, 7, 8]],
    [60, Array.from({ length: 31 }, (_, more) => 60 + more)],
  ])('of %i seconds is one of %j', (seconds, all) => {
    const found = all.map((_, place) =>
      addJitterSeconds(seconds, () => (place + 0.5) / all.length),
    );

    expect(found).toEqual(all);
    expect(addJitterSeconds(seconds, () => 0)).toBe(seconds);
    expect(addJitterSeconds(seconds, () => 1 - Number.EPSILON)).toBe(all.at(-1));
  });

  test('differs for requests that are rejected together: each second gets at most half of them', async () => {
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const handler = httpHandler(
      { method: 'GET', path: '/things' },
      {
        run: () => Promise.reject(new RetryLaterError('busy')),
        respond: okResponse,
        errors: {},
      },
    );
    const responses = await Promise.all(
      Array.from({ length: 300 }, () => handler(anHttpEvent({ method: 'GET' }), aContext())),
    );

    const bySecond = Map.groupBy(responses, ({ headers }) => Number(headers?.['retry-after']));
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
])('Retry-After %j is parsed as %s seconds', (given, seconds) => {
  expect(
    retryAfterSecondsOf(new Headers(given === undefined ? {} : { 'retry-after': given })),
  ).toBe(seconds);
});
