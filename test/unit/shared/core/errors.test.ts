import { describe, expect, test } from 'vitest';
import { isTransient, RetryLaterError } from '../../../../lambdas/shared/core/errors.ts';

const errorNamed = (name: string) => Object.assign(new Error('x'), { name });

describe('a fault passes', () => {
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

describe('a fault stays', () => {
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
    ['a text', 'ThrottlingException'],
    ['an object that is no error', { name: 'ThrottlingException' }],
    ['nothing', undefined],
    ['null', null],
    ['a code that is no text', Object.assign(new Error('x'), { code: 17 })],
  ])('when it is %s', (_case, fault) => {
    expect(isTransient(fault)).toBe(false);
  });
});

test('RetryLater keeps its cause, and says when to come again: in a second, unless told otherwise', () => {
  const cause = new Error('away');

  expect(new RetryLaterError('busy', { cause })).toMatchObject({
    name: 'RetryLaterError',
    message: 'busy',
    cause,
    retryAfterSeconds: 1,
  });
  expect(new RetryLaterError('busy', { retryAfterSeconds: 30 }).retryAfterSeconds).toBe(30);
});
