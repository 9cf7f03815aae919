import { describe, expect, test } from 'vitest';
import { isTransient, RetryLaterError } from '../../../../lambdas/shared/core/errors.ts';

const errorNamed = (name: string) => Object.assign(new Error('x'), { name });

describe('an error is transient', () => {
  test.each([
    'InternalServerError',
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'ServiceUnavailable',
    'ThrottlingException',
    'TimeoutError',
    'TransactionConflictException',
    'TransactionInProgressException',
  ])('%s', (name) => {
    expect(isTransient(errorNamed(name))).toBe(true);
  });

  test.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'])('%s', (code) => {
    expect(isTransient(Object.assign(new Error('x'), { code }))).toBe(true);
  });

  test('RetryLaterError', () => {
    expect(isTransient(new RetryLaterError('busy'))).toBe(true);
  });

  test('the timeout of a signal', async () => {
    const signal = AbortSignal.timeout(0);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));

    expect(isTransient(signal.reason)).toBe(true);
  });
});

describe('an error is permanent', () => {
  test.each([
    'TypeError',
    'ValidationException',
    'ResourceNotFoundException',
    'AccessDeniedException',
    'ConditionalCheckFailedException',
    'TransactionCanceledException',
  ])('%s', (name) => {
    expect(isTransient(errorNamed(name))).toBe(false);
  });

  test.each([
    ['a string', 'ThrottlingException'],
    ['an object that is not an Error', { name: 'ThrottlingException' }],
    ['undefined', undefined],
    ['null', null],
    ['a code that is not a string', Object.assign(new Error('x'), { code: 17 })],
  ])('if it is %s', (_case, error) => {
    expect(isTransient(error)).toBe(false);
  });
});

test('RetryLaterError keeps its cause and its time to retry after, one second by default', () => {
  const cause = new Error('unavailable');

  expect(new RetryLaterError('busy', { cause })).toMatchObject({
    name: 'RetryLaterError',
    message: 'busy',
    cause,
    retryAfterSeconds: 1,
  });
  expect(new RetryLaterError('busy', { retryAfterSeconds: 30 }).retryAfterSeconds).toBe(30);
});
