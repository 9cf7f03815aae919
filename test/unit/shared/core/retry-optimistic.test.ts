import { describe, expect, test } from 'vitest';
import { RetryLaterError } from '../../../../lambdas/shared/core/errors.ts';
import { retryOptimistic } from '../../../../lambdas/shared/core/retry-optimistic.ts';

/** Runs up to three attempts of which the first `conflicts` return undefined. */
async function runWith(conflicts: number) {
  const seen: number[] = [];
  const result = await retryOptimistic({ attempts: 3, what: 'order ord-1' }, async (attempt) => {
    seen.push(attempt);
    return attempt < conflicts ? undefined : `written by attempt ${attempt}`;
  }).catch((error: unknown) => error);
  return { result, seen };
}

describe('an optimistic write', () => {
  test.each([
    [0, [0]],
    [1, [0, 1]],
    [2, [0, 1, 2]],
  ])('returns its value after %i conflicts', async (conflicts, seen) => {
    expect(await runWith(conflicts)).toEqual({
      result: `written by attempt ${conflicts}`,
      seen,
    });
  });

  test('throws RetryLaterError if every attempt conflicts', async () => {
    expect(await runWith(3)).toEqual({
      result: new RetryLaterError('order ord-1 changed during each of 3 attempts'),
      seen: [0, 1, 2],
    });
  });

  test('returns a value that is false or null', async () => {
    expect(await retryOptimistic({ attempts: 1, what: 'x' }, async () => false)).toBe(false);
    expect(await retryOptimistic({ attempts: 1, what: 'x' }, async () => null)).toBeNull();
  });

  test('throws any other error immediately', async () => {
    let attempts = 0;
    const failing = retryOptimistic({ attempts: 3, what: 'x' }, async () => {
      attempts += 1;
      throw new Error('a bug');
    });

    await expect(failing).rejects.toThrow('a bug');
    expect(attempts).toBe(1);
  });
});
