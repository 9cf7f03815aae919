import { describe, expect, test } from 'vitest';
import {
  assessEvent,
  assessNotification,
  assessScheduledRun,
  assessStreamRange,
  assessStreamRecord,
  assessUnreadable,
  assessWork,
} from '../../../lambdas/dead-letters/domain/assessment.ts';

const HOUR = 3_600;

describe('a redrive of an event', () => {
  test.each([
    ['OrderConfirmed', 'CONFIRMED', 'HELD', 'useful'],
    ['OrderConfirmed', 'CONFIRMED', undefined, 'useful'],
    ['OrderConfirmed', 'COMPLETED', 'HELD', 'useful'],
    ['OrderConfirmed', 'COMPLETED', 'COMMITTED', 'harmless'],
    ['OrderConfirmed', 'CANCELLED', 'COMMITTED', 'harmless'],
    ['OrderConfirmed', 'FULFILLED', 'FULFILLED', 'harmless'],
    ['OrderConfirmed', 'CANCELLED', 'RELEASED', 'superseded'],
    ['OrderConfirmed', 'CANCELLING', 'HELD', 'superseded'],
    ['OrderConfirmed', 'NEEDS_ATTENTION', 'HELD', 'superseded'],
    ['OrderConfirmed', 'PAYING', 'HELD', 'superseded'],
    ['OrderConfirmed', undefined, 'HELD', 'superseded'],
    ['OrderConfirmed', 'UNREADABLE', 'HELD', 'useful'],
    ['OrderConfirmed', 'CANCELLED', 'UNREADABLE', 'useful'],
    ['OrderFulfilled', 'FULFILLED', 'COMMITTED', 'useful'],
    ['OrderFulfilled', 'FULFILLED', 'FULFILLED', 'harmless'],
    ['OrderFulfilled', 'CANCELLED', 'RELEASED', 'superseded'],
    ['StockCommitted', 'CONFIRMED', 'COMMITTED', 'useful'],
    ['StockCommitFailed', 'CONFIRMED', 'EXPIRED', 'useful'],
    ['StockCommitted', 'COMPLETED', 'COMMITTED', 'harmless'],
    ['StockCommitted', 'CANCELLED', 'RELEASED', 'harmless'],
    ['StockCommitted', undefined, 'COMMITTED', 'superseded'],
    ['PaymentCaptured', 'CONFIRMED', 'COMMITTED', 'useful'],
    ['PaymentCaptured', 'COMPLETED', 'COMMITTED', 'harmless'],
    ['PaymentCaptured', 'FULFILLED', 'FULFILLED', 'harmless'],
    ['PaymentCaptured', 'CANCELLING', 'COMMITTED', 'harmless'],
    ['PaymentCaptured', 'NEEDS_ATTENTION', 'COMMITTED', 'harmless'],
    ['PaymentCaptured', undefined, 'COMMITTED', 'superseded'],
    ['StockLow', 'CONFIRMED', 'HELD', 'harmless'],
  ])(
    '%s of an order that is %s with its reservation %s is %s',
    (type, order, reservation, verdict) => {
      expect(assessEvent(type, 'ord-1', { order, reservation }).verdict).toBe(verdict);
    },
  );

  test('without an order is harmless', () => {
    const assessment = assessEvent('StockCommitted', undefined, {
      order: undefined,
      reservation: undefined,
    });

    expect(assessment.verdict).toBe('harmless');
  });

  test.each([
    'StockShardsChanged',
    'StockConsolidationRequested',
    'StockReceived',
    'StockReturned',
  ])('of type %s is useful without an order', (type) => {
    const assessment = assessEvent(type, undefined, { order: undefined, reservation: undefined });

    expect(assessment).toMatchObject({
      verdict: 'useful',
      currentState: expect.stringContaining('Sales continue'),
    });
  });
});

describe('a redrive', () => {
  test('of a stream range is useful while the stream has its records', () => {
    expect(assessStreamRange(22 * HOUR).verdict).toBe('useful');
    expect(assessStreamRange(23 * HOUR).verdict).toBe('superseded');
  });

  test('of one rejected change is always useful', () => {
    expect(assessStreamRecord()).toMatchObject({
      verdict: 'useful',
      advice: expect.stringContaining('Repair its record'),
    });
  });

  test('of reconciliation work is useful while its run may be under way', () => {
    expect(assessWork(HOUR - 1, HOUR).verdict).toBe('useful');
    expect(assessWork(HOUR, HOUR).verdict).toBe('superseded');
  });

  test('of a scheduled or unreadable message is harmless, and of a notification superseded', () => {
    expect(
      [assessScheduledRun(), assessUnreadable(), assessNotification()].map(
        ({ verdict }) => verdict,
      ),
    ).toEqual(['harmless', 'harmless', 'superseded']);
  });
});
