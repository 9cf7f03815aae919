import { describe, expect, test } from 'vitest';
import type { Order, OrderStatus } from '../../../lambdas/orders/domain/order.ts';
import {
  decideBeginCancellation,
  decideCancelled,
  decideComplete,
  decideConfirm,
  decidePark,
  decideReject,
  decideStockAnswer,
} from '../../../lambdas/orders/domain/saga-steps.ts';
import { accepted, refused } from '../../../lambdas/shared/core/result.ts';
import { NOON, seconds } from '../../support/inventory.ts';
import { anOrder, anOrderIn, aPayment } from '../../support/orders.ts';

const NOW = NOON + seconds(1);
const NOW_ISO = '2026-01-01T12:00:01.000Z';
const COMMITTED = { outcome: 'committed' } as const;
const attempt1 = { attempt: 1, now: NOW };
const STATUSES: readonly OrderStatus[] = [
  'PENDING_PAYMENT',
  'PAYING',
  'CONFIRMED',
  'COMPLETED',
  'FULFILLED',
  'CANCELLING',
  'CANCELLED',
  'NEEDS_ATTENTION',
];
const allBut = (...statuses: readonly OrderStatus[]) =>
  STATUSES.filter((status) => !statuses.includes(status));
const outOfStep = (orderStatus: OrderStatus) => refused({ kind: 'outOfStep', orderStatus });
const unchanged = (order: Order) => accepted({ order, isChanged: false });
/** The order after a step that gave it another status. */
const moved = (order: Order, change: Partial<Order> & { status: OrderStatus }, reason?: string) =>
  accepted({
    isChanged: true,
    order: {
      ...order,
      ...change,
      timeline: [
        ...order.timeline,
        { at: NOW_ISO, status: change.status, ...(reason === undefined ? {} : { reason }) },
      ],
      version: order.version + 1,
      updatedAt: NOW_ISO,
    },
  });

describe('confirming', () => {
  const step = { ...attempt1, taskToken: 'token-1' };

  test('PAYING becomes CONFIRMED, with the token that the saga waits for', () => {
    const order = anOrderIn('PAYING');

    expect(decideConfirm(order, step)).toEqual(
      moved(order, {
        status: 'CONFIRMED',
        taskToken: 'token-1',
        payment: aPayment({ status: 'AUTHORIZED' }),
      }),
    );
  });

  test('again with the same token changes nothing', () => {
    const order = anOrderIn('CONFIRMED', { taskToken: 'token-1' });

    expect(decideConfirm(order, step)).toEqual(unchanged(order));
  });

  test('again with a new token keeps the new one, and is no new status', () => {
    const order = anOrderIn('CONFIRMED', { taskToken: 'token-0' });

    expect(decideConfirm(order, step)).toEqual(
      accepted({
        isChanged: true,
        order: { ...order, taskToken: 'token-1', version: 3, updatedAt: NOW_ISO },
      }),
    );
  });

  test.each(allBut('PAYING', 'CONFIRMED'))('an order that is %s is out of step', (status) => {
    expect(decideConfirm(anOrderIn(status), step)).toEqual(outOfStep(status));
  });
});

describe("inventory's answer", () => {
  test.each(STATUSES)('is kept however late it comes: %s', (status) => {
    const order = anOrderIn(status);
    const stockAnswer = { outcome: 'failed', code: 'RESERVATION_EXPIRED' } as const;

    expect(decideStockAnswer(order, stockAnswer, NOW)).toEqual(
      accepted({
        isChanged: true,
        order: { ...order, stockAnswer, version: 3, updatedAt: NOW_ISO },
      }),
    );
  });

  test('is kept once: the first stands', () => {
    const order = anOrderIn('CONFIRMED', { stockAnswer: { outcome: 'committed' } });

    expect(decideStockAnswer(order, { outcome: 'failed', code: 'OTHER' }, NOW)).toEqual(
      unchanged(order),
    );
  });
});

describe('completing', () => {
  test('CONFIRMED becomes COMPLETED, its money captured', () => {
    const order = anOrderIn('CONFIRMED', {
      payment: aPayment({ status: 'AUTHORIZED' }),
      stockAnswer: COMMITTED,
    });

    expect(decideComplete(order, attempt1)).toEqual(
      moved(order, { status: 'COMPLETED', payment: aPayment({ status: 'CAPTURED' }) }),
    );
  });

  test.each([
    ['completed', (order: Order) => decideComplete(order, attempt1)],
    ['cancelled', (order: Order) => decideBeginCancellation(order, { ...attempt1, reason: 'why' })],
    ['parked', (order: Order) => decidePark(order, { reason: 'why', now: NOW })],
  ] as const)('what is %s keeps no token of the saga', (_what, decide) => {
    const order = anOrderIn('CONFIRMED', { taskToken: 'token-1', stockAnswer: COMMITTED });

    const decision = decide(order);

    expect(decision).toMatchObject({ ok: true, value: { isChanged: true } });
    expect(decision.ok && Object.keys(decision.value.order)).not.toContain('taskToken');
  });

  test('what is CONFIRMED and did not get its stock is out of step', () => {
    const order = anOrderIn('CONFIRMED', {
      stockAnswer: { outcome: 'failed', code: 'RESERVATION_EXPIRED' },
    });

    expect(decideComplete(order, attempt1)).toEqual(outOfStep('CONFIRMED'));
  });

  test.each(['PAYING', 'CONFIRMED'] as const)(
    'what is %s, and has no answer of its stock, is too early',
    (status) => {
      expect(decideComplete(anOrderIn(status), attempt1)).toEqual(refused({ kind: 'tooEarly' }));
    },
  );

  test('the capture of an older attempt is out of step', () => {
    const order = anOrderIn('CONFIRMED', {
      payment: aPayment({ attempt: 2 }),
      stockAnswer: COMMITTED,
    });

    expect(decideComplete(order, attempt1)).toEqual(outOfStep('CONFIRMED'));
  });

  test.each(['COMPLETED', 'FULFILLED'] as const)('what is %s changes nothing', (status) => {
    const order = anOrderIn(status);

    expect(decideComplete(order, attempt1)).toEqual(unchanged(order));
  });

  test.each(allBut('PAYING', 'CONFIRMED', 'COMPLETED', 'FULFILLED'))(
    'what is %s is out of step',
    (status) => {
      expect(decideComplete(anOrderIn(status), attempt1)).toEqual(outOfStep(status));
    },
  );
});

describe('rejecting a payment', () => {
  const step = { ...attempt1, code: 'card_declined' };

  test('PAYING becomes PENDING_PAYMENT again, with the reason', () => {
    const order = anOrderIn('PAYING');

    expect(decideReject(order, step)).toEqual(
      moved(
        order,
        {
          status: 'PENDING_PAYMENT',
          payment: aPayment({ status: 'FAILED', lastError: 'card_declined' }),
        },
        'payment declined: card_declined',
      ),
    );
  });

  test('again changes nothing', () => {
    const order = anOrderIn('PENDING_PAYMENT');

    expect(decideReject(order, step)).toEqual(unchanged(order));
  });

  test.each(allBut('PAYING', 'PENDING_PAYMENT'))('what is %s is out of step', (status) => {
    expect(decideReject(anOrderIn(status), step)).toEqual(outOfStep(status));
  });
});

describe('beginning a cancellation', () => {
  const step = { ...attempt1, reason: 'the stock could not be taken (RESERVATION_EXPIRED)' };

  test.each(['PAYING', 'CONFIRMED'] as const)(
    '%s becomes CANCELLING, with the reason',
    (status) => {
      const order = anOrderIn(status);

      expect(decideBeginCancellation(order, step)).toEqual(
        moved(
          order,
          { status: 'CANCELLING' },
          'the stock could not be taken (RESERVATION_EXPIRED)',
        ),
      );
    },
  );

  test('again changes nothing', () => {
    const order = anOrderIn('CANCELLING');

    expect(decideBeginCancellation(order, step)).toEqual(unchanged(order));
  });

  test.each(['COMPLETED', 'FULFILLED'] as const)(
    'what is %s is refused: the last step was done and only its answer was lost',
    (status) => {
      expect(decideBeginCancellation(anOrderIn(status), step)).toEqual(
        refused({ kind: 'alreadyCompleted' }),
      );
    },
  );

  test.each(['PENDING_PAYMENT', 'CANCELLED', 'NEEDS_ATTENTION'] as const)(
    'what is %s is out of step',
    (status) => {
      expect(decideBeginCancellation(anOrderIn(status), step)).toEqual(outOfStep(status));
    },
  );
});

describe('a step of another attempt', () => {
  const order = (status: OrderStatus) => anOrderIn(status, { payment: aPayment({ attempt: 2 }) });

  test.each([
    [
      'confirming',
      'PAYING',
      (it: Order) => decideConfirm(it, { ...attempt1, taskToken: 'token-1' }),
    ],
    ['completing', 'CONFIRMED', (it: Order) => decideComplete(it, attempt1)],
    ['rejecting', 'PAYING', (it: Order) => decideReject(it, { ...attempt1, code: 'declined' })],
    [
      'beginning',
      'PAYING',
      (it: Order) => decideBeginCancellation(it, { ...attempt1, reason: 'why' }),
    ],
  ] as const)('is out of step: %s', (_name, status, decide) => {
    expect(decide(order(status))).toEqual(outOfStep(status));
  });

  test('is that of an order that was never asked to pay, too', () => {
    expect(decideComplete(anOrder(), attempt1)).toEqual(outOfStep('PENDING_PAYMENT'));
  });
});

describe('concluding a cancellation', () => {
  const reason = 'cancelled by the customer';
  const cancelling = anOrderIn('CANCELLING', {
    payment: aPayment({ status: 'CAPTURED' }),
    timeline: [
      { at: NOW_ISO, status: 'PENDING_PAYMENT' },
      { at: NOW_ISO, status: 'CANCELLING', reason: 'the first reason' },
      { at: NOW_ISO, status: 'NEEDS_ATTENTION', reason: 'the money was not given back' },
      { at: NOW_ISO, status: 'CANCELLING', reason },
    ],
  });

  test.each(['VOIDED', 'REFUNDED', 'FAILED'] as const)(
    'CANCELLING becomes CANCELLED with its payment %s, for the reason for which it was begun',
    (returned) => {
      expect(decideCancelled(cancelling, { returned, now: NOW })).toEqual(
        moved(
          cancelling,
          { status: 'CANCELLED', isReleased: true, payment: aPayment({ status: returned }) },
          reason,
        ),
      );
    },
  );

  test('with nothing to give back leaves the payment as it was', () => {
    expect(decideCancelled(cancelling, { returned: 'NONE', now: NOW })).toEqual(
      moved(cancelling, { status: 'CANCELLED', isReleased: true }, reason),
    );
  });

  test('of an order that was never asked to pay leaves it without a payment', () => {
    const { payment: _none, ...rest } = cancelling;
    const order: Order = { ...rest, payment: null };

    expect(decideCancelled(order, { returned: 'FAILED', now: NOW })).toEqual(
      moved(order, { status: 'CANCELLED', isReleased: true }, reason),
    );
  });

  test('again changes nothing', () => {
    const order = anOrderIn('CANCELLED');

    expect(decideCancelled(order, { returned: 'VOIDED', now: NOW })).toEqual(unchanged(order));
  });

  test.each(allBut('CANCELLING', 'CANCELLED'))('what is %s is out of step', (status) => {
    expect(decideCancelled(anOrderIn(status), { returned: 'VOIDED', now: NOW })).toEqual(
      outOfStep(status),
    );
  });
});

describe('parking', () => {
  const step = { reason: 'the money was not given back: the refund failed', now: NOW };

  test.each(['PAYING', 'CONFIRMED', 'CANCELLING'] as const)(
    '%s becomes NEEDS_ATTENTION',
    (status) => {
      const order = anOrderIn(status);

      expect(decidePark(order, step)).toEqual(
        moved(order, { status: 'NEEDS_ATTENTION' }, step.reason),
      );
      expect(decidePark(order, { ...step, paymentStatus: 'VOIDED' })).toEqual(
        moved(
          order,
          { status: 'NEEDS_ATTENTION', payment: aPayment({ status: 'VOIDED' }) },
          step.reason,
        ),
      );
    },
  );

  test('again changes nothing', () => {
    const order = anOrderIn('NEEDS_ATTENTION');

    expect(decidePark(order, step)).toEqual(unchanged(order));
  });

  test.each(['PENDING_PAYMENT', 'COMPLETED', 'FULFILLED', 'CANCELLED'] as const)(
    'what is %s is out of step',
    (status) => {
      expect(decidePark(anOrderIn(status), step)).toEqual(outOfStep(status));
    },
  );
});
