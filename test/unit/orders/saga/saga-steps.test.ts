import { describe, expect, test } from 'vitest';
import type { OrderStatus } from '../../../../lambdas/contracts/api/orders.ts';
import type { Order } from '../../../../lambdas/orders/domain/order.ts';
import {
  decideBeginCancellation,
  decideComplete,
  decideConcludeCancellation,
  decideConfirm,
  decideFlagForAttention,
  decideRejectPayment,
  decideStockOutcome,
} from '../../../../lambdas/orders/domain/saga-steps.ts';
import { err, ok } from '../../../../lambdas/shared/core/result.ts';
import { NOON, seconds } from '../../../support/inventory.ts';
import { anOrder, anOrderIn, aPayment } from '../../../support/orders/orders.ts';

const NOW = NOON + seconds(1);
const NOW_ISO = '2026-01-01T12:00:01.000Z';
const COMMITTED = { status: 'committed' } as const;
const attemptStep = { attempt: 1, now: NOW };
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
const unexpectedStatus = (orderStatus: OrderStatus) =>
  err({ kind: 'unexpectedStatus', orderStatus });
const unchangedResult = (order: Order) => ok({ order, isChanged: false });
/** Returns the order after a step that changed its status. */
const changedResult = (
  order: Order,
  change: Partial<Order> & { status: OrderStatus },
  reason?: string,
) =>
  ok({
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
  const step = { ...attemptStep, taskToken: 'token-1' };

  test('PAYING becomes CONFIRMED, with the token that the saga waits for', () => {
    const order = anOrderIn('PAYING');

    expect(decideConfirm(order, step)).toEqual(
      changedResult(order, {
        status: 'CONFIRMED',
        taskToken: 'token-1',
        payment: aPayment({ status: 'AUTHORIZED' }),
      }),
    );
  });

  test('changes nothing when repeated with the same token', () => {
    const order = anOrderIn('CONFIRMED', { taskToken: 'token-1' });

    expect(decideConfirm(order, step)).toEqual(unchangedResult(order));
  });

  test('keeps a new token without a new status', () => {
    const order = anOrderIn('CONFIRMED', { taskToken: 'token-0' });

    expect(decideConfirm(order, step)).toEqual(
      ok({
        isChanged: true,
        order: { ...order, taskToken: 'token-1', version: 3, updatedAt: NOW_ISO },
      }),
    );
  });

  test.each(allBut('PAYING', 'CONFIRMED'))(
    'rejects an order that is %s with unexpectedStatus',
    (status) => {
      expect(decideConfirm(anOrderIn(status), step)).toEqual(unexpectedStatus(status));
    },
  );
});

describe('the stock outcome', () => {
  test.each(STATUSES)('is recorded for an order that is %s', (status) => {
    const order = anOrderIn(status);
    const stockOutcome = { status: 'failed', code: 'RESERVATION_EXPIRED' } as const;

    expect(decideStockOutcome(order, stockOutcome, NOW)).toEqual(
      ok({
        isChanged: true,
        order: { ...order, stockOutcome, version: 3, updatedAt: NOW_ISO },
      }),
    );
  });

  test('is recorded once: the first outcome stands', () => {
    const order = anOrderIn('CONFIRMED', { stockOutcome: { status: 'committed' } });

    expect(decideStockOutcome(order, { status: 'failed', code: 'OTHER' }, NOW)).toEqual(
      unchangedResult(order),
    );
  });
});

describe('completing', () => {
  test('CONFIRMED becomes COMPLETED with its payment captured', () => {
    const order = anOrderIn('CONFIRMED', {
      payment: aPayment({ status: 'AUTHORIZED' }),
      stockOutcome: COMMITTED,
    });

    expect(decideComplete(order, attemptStep)).toEqual(
      changedResult(order, { status: 'COMPLETED', payment: aPayment({ status: 'CAPTURED' }) }),
    );
  });

  test.each([
    ['completed', (order: Order) => decideComplete(order, attemptStep)],
    [
      'cancelled',
      (order: Order) => decideBeginCancellation(order, { ...attemptStep, reason: 'why' }),
    ],
    ['parked', (order: Order) => decideFlagForAttention(order, { reason: 'why', now: NOW })],
  ] as const)('removes the task token of an order that is %s', (_what, decide) => {
    const order = anOrderIn('CONFIRMED', { taskToken: 'token-1', stockOutcome: COMMITTED });

    const decision = decide(order);

    expect(decision).toMatchObject({ ok: true, value: { isChanged: true } });
    expect(decision.ok && Object.keys(decision.value.order)).not.toContain('taskToken');
  });

  test('rejects a CONFIRMED order without committed stock', () => {
    const order = anOrderIn('CONFIRMED', {
      stockOutcome: { status: 'failed', code: 'RESERVATION_EXPIRED' },
    });

    expect(decideComplete(order, attemptStep)).toEqual(unexpectedStatus('CONFIRMED'));
  });

  test.each(['PAYING', 'CONFIRMED'] as const)(
    'rejects an order that is %s without a stock outcome as too early',
    (status) => {
      expect(decideComplete(anOrderIn(status), attemptStep)).toEqual(err({ kind: 'tooEarly' }));
    },
  );

  test('rejects the capture of an older attempt', () => {
    const order = anOrderIn('CONFIRMED', {
      payment: aPayment({ attempt: 2 }),
      stockOutcome: COMMITTED,
    });

    expect(decideComplete(order, attemptStep)).toEqual(unexpectedStatus('CONFIRMED'));
  });

  test.each(['COMPLETED', 'FULFILLED'] as const)(
    'changes nothing for an order that is %s',
    (status) => {
      const order = anOrderIn(status);

      expect(decideComplete(order, attemptStep)).toEqual(unchangedResult(order));
    },
  );

  test.each(allBut('PAYING', 'CONFIRMED', 'COMPLETED', 'FULFILLED'))(
    'rejects an order that is %s with unexpectedStatus',
    (status) => {
      expect(decideComplete(anOrderIn(status), attemptStep)).toEqual(unexpectedStatus(status));
    },
  );
});

describe('rejecting a payment', () => {
  const step = { ...attemptStep, code: 'card_declined' };

  test('PAYING becomes PENDING_PAYMENT again, with the reason', () => {
    const order = anOrderIn('PAYING');

    expect(decideRejectPayment(order, step)).toEqual(
      changedResult(
        order,
        {
          status: 'PENDING_PAYMENT',
          payment: aPayment({ status: 'FAILED', lastError: 'card_declined' }),
        },
        'payment declined: card_declined',
      ),
    );
  });

  test('changes nothing when repeated', () => {
    const order = anOrderIn('PENDING_PAYMENT');

    expect(decideRejectPayment(order, step)).toEqual(unchangedResult(order));
  });

  test.each(allBut('PAYING', 'PENDING_PAYMENT'))(
    'rejects an order that is %s with unexpectedStatus',
    (status) => {
      expect(decideRejectPayment(anOrderIn(status), step)).toEqual(unexpectedStatus(status));
    },
  );
});

describe('starting a cancellation', () => {
  const step = { ...attemptStep, reason: 'the stock could not be committed (RESERVATION_EXPIRED)' };

  test.each(['PAYING', 'CONFIRMED'] as const)(
    '%s becomes CANCELLING, with the reason',
    (status) => {
      const order = anOrderIn(status);

      expect(decideBeginCancellation(order, step)).toEqual(
        changedResult(
          order,
          { status: 'CANCELLING' },
          'the stock could not be committed (RESERVATION_EXPIRED)',
        ),
      );
    },
  );

  test('changes nothing when repeated', () => {
    const order = anOrderIn('CANCELLING');

    expect(decideBeginCancellation(order, step)).toEqual(unchangedResult(order));
  });

  test.each(['COMPLETED', 'FULFILLED'] as const)(
    'rejects an order that is %s, because only the response of its last step was lost',
    (status) => {
      expect(decideBeginCancellation(anOrderIn(status), step)).toEqual(
        err({ kind: 'alreadyCompleted' }),
      );
    },
  );

  test.each(['PENDING_PAYMENT', 'CANCELLED', 'NEEDS_ATTENTION'] as const)(
    'rejects an order that is %s with unexpectedStatus',
    (status) => {
      expect(decideBeginCancellation(anOrderIn(status), step)).toEqual(unexpectedStatus(status));
    },
  );
});

describe('a step of another attempt', () => {
  const order = (status: OrderStatus) => anOrderIn(status, { payment: aPayment({ attempt: 2 }) });

  test.each([
    [
      'confirming',
      'PAYING',
      (it: Order) => decideConfirm(it, { ...attemptStep, taskToken: 'token-1' }),
    ],
    ['completing', 'CONFIRMED', (it: Order) => decideComplete(it, attemptStep)],
    [
      'rejecting',
      'PAYING',
      (it: Order) => decideRejectPayment(it, { ...attemptStep, code: 'declined' }),
    ],
    [
      'beginning',
      'PAYING',
      (it: Order) => decideBeginCancellation(it, { ...attemptStep, reason: 'why' }),
    ],
  ] as const)('is rejected with unexpectedStatus: %s', (_name, status, decide) => {
    expect(decide(order(status))).toEqual(unexpectedStatus(status));
  });

  test('is checked for an order without a payment too', () => {
    expect(decideComplete(anOrder(), attemptStep)).toEqual(unexpectedStatus('PENDING_PAYMENT'));
  });
});

describe('completing a cancellation', () => {
  const reason = 'cancelled by the customer';
  const cancelling = anOrderIn('CANCELLING', {
    payment: aPayment({ status: 'CAPTURED' }),
    timeline: [
      { at: NOW_ISO, status: 'PENDING_PAYMENT' },
      { at: NOW_ISO, status: 'CANCELLING', reason: 'the first reason' },
      { at: NOW_ISO, status: 'NEEDS_ATTENTION', reason: 'the payment was not reversed' },
      { at: NOW_ISO, status: 'CANCELLING', reason },
    ],
  });

  test.each(['VOIDED', 'REFUNDED', 'FAILED'] as const)(
    'CANCELLING becomes CANCELLED with its payment %s and the reason of its start',
    (reversal) => {
      expect(decideConcludeCancellation(cancelling, { reversal, now: NOW })).toEqual(
        changedResult(
          cancelling,
          { status: 'CANCELLED', isReleased: true, payment: aPayment({ status: reversal }) },
          reason,
        ),
      );
    },
  );

  test('leaves the payment unchanged when there was nothing to reverse', () => {
    expect(decideConcludeCancellation(cancelling, { reversal: 'NONE', now: NOW })).toEqual(
      changedResult(cancelling, { status: 'CANCELLED', isReleased: true }, reason),
    );
  });

  test('leaves an order without a payment as it is', () => {
    const { payment: _none, ...rest } = cancelling;
    const order: Order = { ...rest, payment: null };

    expect(decideConcludeCancellation(order, { reversal: 'FAILED', now: NOW })).toEqual(
      changedResult(order, { status: 'CANCELLED', isReleased: true }, reason),
    );
  });

  test('changes nothing when repeated', () => {
    const order = anOrderIn('CANCELLED');

    expect(decideConcludeCancellation(order, { reversal: 'VOIDED', now: NOW })).toEqual(
      unchangedResult(order),
    );
  });

  test.each(allBut('CANCELLING', 'CANCELLED'))(
    'rejects an order that is %s with unexpectedStatus',
    (status) => {
      expect(
        decideConcludeCancellation(anOrderIn(status), { reversal: 'VOIDED', now: NOW }),
      ).toEqual(unexpectedStatus(status));
    },
  );
});

describe('flagging for attention', () => {
  const step = { reason: 'the payment was not reversed: the refund failed', now: NOW };

  test.each(['PAYING', 'CONFIRMED', 'CANCELLING'] as const)(
    '%s becomes NEEDS_ATTENTION',
    (status) => {
      const order = anOrderIn(status);

      expect(decideFlagForAttention(order, step)).toEqual(
        changedResult(order, { status: 'NEEDS_ATTENTION' }, step.reason),
      );
      expect(decideFlagForAttention(order, { ...step, paymentStatus: 'VOIDED' })).toEqual(
        changedResult(
          order,
          { status: 'NEEDS_ATTENTION', payment: aPayment({ status: 'VOIDED' }) },
          step.reason,
        ),
      );
    },
  );

  test('changes nothing when repeated', () => {
    const order = anOrderIn('NEEDS_ATTENTION');

    expect(decideFlagForAttention(order, step)).toEqual(unchangedResult(order));
  });

  test.each(['PENDING_PAYMENT', 'COMPLETED', 'FULFILLED', 'CANCELLED'] as const)(
    'rejects an order that is %s with unexpectedStatus',
    (status) => {
      expect(decideFlagForAttention(anOrderIn(status), step)).toEqual(unexpectedStatus(status));
    },
  );
});
