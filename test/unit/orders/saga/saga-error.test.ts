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

describe('the code of an error', () => {
  test("is that of the step's refusal", () => {
    const Cause = causeOf({ kind: 'declined', code: 'card_declined' });

    expect(errorCodeOf({ Error: 'PaymentDeclined', Cause })).toBe('card_declined');
  });

  test("is the cause itself where that is a code: the callback of the stock's answer", () => {
    expect(errorCodeOf({ Error: 'StockCommitFailed', Cause: 'RESERVATION_EXPIRED' })).toBe(
      'RESERVATION_EXPIRED',
    );
  });

  test.each([
    ['a timeout has no cause', undefined],
    ['an empty cause', ''],
    ['prose', 'The task timed out'],
    ['a bug, whose message is no refusal', JSON.stringify({ errorMessage: 'x is not a function' })],
    ['a refusal without a code', causeOf({ kind: 'unexpectedStatus' })],
    ['a code that is no text', causeOf({ code: 17 })],
    ['a message that is null', causeOf(null)],
    ['JSON that is no object', '[]'],
    ['JSON that is null', 'null'],
    ['a cause that was cut off', causeOf({ code: 'card_declined' }).slice(0, -5)],
  ])('is none: %s', (_case, Cause) => {
    expect(
      errorCodeOf({ Error: 'States.TaskFailed', ...(Cause === undefined ? {} : { Cause }) }),
    ).toBeUndefined();
  });

  test.each([
    [63, true],
    [64, true],
    [65, false],
  ])('of %i characters: %s', (length, isCode) => {
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
      'the money',
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
    ['nothing that is known', {}, ''],
  ])('tells what could not be undone: %s', (_case, undone, reason) => {
    expect(attentionReasonOf({ ...step, ...undone })).toBe(reason);
  });
});

describe('the payment of an order that needs attention', () => {
  const step = { orderId: 'ord-1', attempt: 1, correlationId: 'corr-1' };
  const release = { error: { Error: 'RetryLaterError' } };

  test.each([
    [
      'voided, where only the stock was not released',
      { payment: { status: 'VOIDED' }, stock: release },
      'VOIDED',
    ],
    ['refunded', { payment: { status: 'REFUNDED' }, stock: release }, 'REFUNDED'],
    [
      'captured, where its refund failed',
      { payment: { error: { Error: 'PaymentRefundFailed' } } },
      'CAPTURED',
    ],
    ['unknown, where there was none', { payment: { status: 'NONE' }, stock: release }, undefined],
    [
      'unknown, where the provider was away',
      { payment: { error: { Error: 'PaymentOutcomeUnknown' } } },
      undefined,
    ],
    ['unknown, where nothing was undone', { error: { Error: 'States.Runtime' } }, undefined],
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
