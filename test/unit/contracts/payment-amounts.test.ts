import { describe, expect, test } from 'vitest';
import { amountProblemOf } from '../../../lambdas/contracts/payment-amounts.ts';

describe('the amounts that Stripe accepts', () => {
  test.each([
    [49, 'EUR', 'AMOUNT_TOO_SMALL'],
    [50, 'EUR', undefined],
    [51, 'EUR', undefined],
    [29, 'GBP', 'AMOUNT_TOO_SMALL'],
    [49, 'JPY', 'AMOUNT_TOO_SMALL'],
    [1, 'KRW', undefined],
    [99_999_999, 'USD', undefined],
    [100_000_000, 'USD', 'AMOUNT_TOO_LARGE'],
    [1_009, 'KWD', 'AMOUNT_NOT_MULTIPLE_OF_TEN'],
    [1_010, 'KWD', undefined],
    [1_000, 'XXX', 'CURRENCY_NOT_SUPPORTED'],
  ])('%s %s: %s', (amount, currency, problem) => {
    expect(amountProblemOf('stripe', { amount, currency })).toBe(problem);
  });
});

test.each(['sandbox', 'stripe'] as const)(
  'an amount of zero needs no provider (%s)',
  (provider) => {
    expect(amountProblemOf(provider, { amount: 0, currency: 'XXX' })).toBeUndefined();
  },
);

test('the sandbox accepts every amount', () => {
  expect(amountProblemOf('sandbox', { amount: 1, currency: 'XXX' })).toBeUndefined();
});
