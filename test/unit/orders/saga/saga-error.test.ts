import { describe, expect, test } from 'vitest';
import {
  attentionReasonOf,
  cancellationReasonOf,
  compensationMetrics,
  errorCodeOf,
  paymentStatusOf,
} from '../../../../lambdas/orders/use-cases/saga/saga-error.ts';

/**
 * Returns the Cause that Lambda makes of a step's error; taskHandler puts the error into its
 * message.
 */
const causeOf = (error: unknown) =>
  JSON.stringify({
    errorType: 'PaymentDeclined',
    errorMessage: JSON.stringify(error),
    trace: [],
  });

describe('errorCodeOf', () => {
  test("returns the code of the step's error", () => {
    const Cause = causeOf({ kind: 'declined', code: 'card_declined' });

    expect(errorCodeOf({ Error: 'PaymentDeclined', Cause })).toBe('card_declined');
  });

  test('returns the cause if it is a code, as in the callback of the stock outcome', () => {
    expect(errorCodeOf({ Error: 'StockCommitFailed', Cause: 'RESERVATION_EXPIRED' })).toBe(
      'RESERVATION_EXPIRED',
    );
  });

  test.each([
    ['a timeout without a cause', undefined],
    ['an empty cause', ''],
    ['prose', 'The task timed out'],
    [
      'a defect, whose message is not an error of ours',
      JSON.stringify({ errorMessage: 'x is not a function' }),
    ],
    ['an error without a code', causeOf({ kind: 'unexpectedStatus' })],
    ['a code that is not text', causeOf({ code: 17 })],
    ['a message that is null', causeOf(null)],
    ['JSON that is not an object', '[]'],
    ['JSON that is null', 'null'],
    ['a truncated cause', causeOf({ code: 'card_declined' }).slice(0, -5)],
  ])('returns undefined for %s', (_case, Cause) => {
    expect(
      errorCodeOf({ Error: 'States.TaskFailed', ...(Cause === undefined ? {} : { Cause }) }),
    ).toBeUndefined();
  });

  test.each([
    [63, true],
    [64, true],
    [65, false],
  ])('accepts a code of %i characters: %s', (length, isCode) => {
    const Cause = 'X'.repeat(length);

    expect(errorCodeOf({ Error: 'StockCommitFailed', Cause })).toBe(isCode ? Cause : undefined);
  });
});

describe('the reason of a cancellation', () => {
  test('is a sentence with the code, if there is one', () => {
    expect(cancellationReasonOf({ Error: 'StockCommitFailed', Cause: 'RESERVATION_EXPIRED' })).toBe(
      'the stock could not be committed (RESERVATION_EXPIRED)',
    );
    expect(cancellationReasonOf({ Error: 'States.Timeout' })).toBe('a step took too long');
  });

  test('shows no message and no stack', () => {
    const Cause = JSON.stringify({ errorMessage: 'secret', trace: ['at secret.ts'] });

    expect(cancellationReasonOf({ Error: 'TypeError', Cause })).toBe('an internal error');
  });
});

describe('the reason for attention', () => {
  const step = { orderId: 'ord-1', attempt: 1, correlationId: 'corr-1' };
  const refund = {
    error: { Error: 'PaymentRefundFailed', Cause: causeOf({ code: 'refund_refused' }) },
  };
  const release = { error: { Error: 'RetryLaterError' } };

  test.each([
    [
      'the payment',
      { payment: refund, stock: {} },
      'the payment was not reversed: the refund failed (refund_refused)',
    ],
    [
      'the stock',
      { payment: {}, stock: release },
      'the stock was not released: a service did not respond',
    ],
    [
      'both',
      { payment: refund, stock: release },
      'the payment was not reversed: the refund failed (refund_refused); the stock was not released: a service did not respond',
    ],
    [
      'the saga',
      { error: { Error: 'States.Runtime' } },
      'the order could not be completed: an internal error',
    ],
    ['an unknown message', {}, ''],
  ])('names the failed compensation: %s', (_case, undone, reason) => {
    expect(attentionReasonOf({ ...step, ...undone })).toBe(reason);
  });
});

describe('the payment of an order that needs attention', () => {
  const step = { orderId: 'ord-1', attempt: 1, correlationId: 'corr-1' };
  const release = { error: { Error: 'RetryLaterError' } };

  test.each([
    [
      'voided when only the stock was not released',
      { payment: { status: 'VOIDED' }, stock: release },
      'VOIDED',
    ],
    ['refunded', { payment: { status: 'REFUNDED' }, stock: release }, 'REFUNDED'],
    [
      'captured when its refund failed',
      { payment: { error: { Error: 'PaymentRefundFailed' } } },
      'CAPTURED',
    ],
    ['undefined when there was none', { payment: { status: 'NONE' }, stock: release }, undefined],
    [
      'unknown when the provider did not respond',
      { payment: { error: { Error: 'PaymentOutcomeUnknown' } } },
      undefined,
    ],
    ['undefined when nothing was reversed', { error: { Error: 'States.Runtime' } }, undefined],
  ] as const)('is %s', (_case, undone, status) => {
    expect(paymentStatusOf({ ...step, ...undone })).toBe(status);
  });
});

describe('a compensation', () => {
  test('is counted as a timeout when the stock outcome did not arrive in time', () => {
    expect(compensationMetrics({ Error: 'States.Timeout' })).toEqual([
      'SagasCompensated',
      'StockOutcomeTimeouts',
    ]);
  });

  test('is counted as a compensation for any other cause', () => {
    expect(compensationMetrics({ Error: 'StockCommitFailed' })).toEqual(['SagasCompensated']);
  });
});
