import { describe, expect, test } from 'vitest';
import type { OrderStatus } from '../../../../lambdas/contracts/api/orders.ts';
import {
  decideCancel,
  decideFulfil,
  decidePay,
  decideResume,
  isHoldTooShort,
  PAYMENT_HOLD_SECONDS_MIN,
  RESUMPTIONS_KEPT_MAX,
} from '../../../../lambdas/orders/domain/customer-steps.ts';
import {
  type Order,
  PAYMENT_ATTEMPTS_MAX,
  statusAt,
} from '../../../../lambdas/orders/domain/order.ts';
import { HISTORY_ENTRIES_MAX } from '../../../../lambdas/shared/core/history.ts';
import { err, ok } from '../../../../lambdas/shared/core/result.ts';
import { seconds, unwrap } from '../../../support/inventory.ts';
import {
  anOrder,
  anOrderIn,
  aPayment,
  EXPIRES_AT,
  EXPIRES_AT_INSTANT,
} from '../../../support/orders/orders.ts';

const NOW = EXPIRES_AT_INSTANT - seconds(1);
const NOW_ISO = '2026-01-01T12:09:59.000Z';
const request = { operationId: 'op-1', fingerprint: 'print-1', now: NOW };
const cancelCommand = { ...request, reason: 'cancelled by the customer' };
const HOLD_SECONDS = 600;
const payCommand = {
  ...request,
  paymentMethod: 'pm_ok',
  holdSeconds: HOLD_SECONDS,
  expiresAt: '2026-01-01T12:25:00.000Z',
};
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

describe('the status of an order at a time', () => {
  test.each([
    [-1, 'PENDING_PAYMENT'],
    [0, 'EXPIRED'],
    [1, 'EXPIRED'],
  ])('unpaid, %i ms from its expiry, is %s', (milliseconds, reading) => {
    expect(statusAt(anOrder(), EXPIRES_AT_INSTANT + milliseconds)).toBe(reading);
  });

  test.each(allBut('PENDING_PAYMENT'))('%s does not depend on the time', (status) => {
    expect(statusAt(anOrderIn(status), EXPIRES_AT_INSTANT + seconds(3600))).toBe(status);
  });
});

describe('a hold', () => {
  test.each([
    [PAYMENT_HOLD_SECONDS_MIN * 1000 - 1, true],
    [PAYMENT_HOLD_SECONDS_MIN * 1000, false],
    [PAYMENT_HOLD_SECONDS_MIN * 1000 + 1, false],
  ])('with %i ms left must be extended before the customer pays: %s', (left, must) => {
    expect(PAYMENT_HOLD_SECONDS_MIN).toBe(8 * 60);
    expect(isHoldTooShort(anOrder(), EXPIRES_AT_INSTANT - left)).toBe(must);
  });
});

describe('paying', () => {
  test('starts the next attempt with its saga', () => {
    const decision = decidePay(anOrder(), payCommand);

    const saga = { machine: 'process', name: 'ord-1-1' } as const;
    expect(decision).toEqual(
      ok({
        isChanged: true,
        order: anOrder({
          status: 'PAYING',
          expiresAt: '2026-01-01T12:25:00.000Z',
          payment: { status: 'PENDING', attempt: 1, paymentMethod: 'pm_ok' },
          requests: { 'op-1': { fingerprint: 'print-1', responseStatus: 'PAYING', saga } },
          saga,
          timeline: [
            { at: '2026-01-01T12:00:00.000Z', status: 'PENDING_PAYMENT' },
            { at: NOW_ISO, status: 'PAYING' },
          ],
          version: 2,
          updatedAt: NOW_ISO,
        }),
      }),
    );
  });

  test('starts attempt 2 in a new execution after a declined attempt', () => {
    const declined = anOrderIn('PENDING_PAYMENT', {
      payment: aPayment({ status: 'FAILED', lastError: 'card_declined' }),
    });

    const decision = decidePay(declined, payCommand);

    expect(decision).toMatchObject({
      ok: true,
      value: {
        order: {
          payment: { status: 'PENDING', attempt: 2, paymentMethod: 'pm_ok' },
          saga: { machine: 'process', name: 'ord-1-2' },
        },
      },
    });
    expect(decision.ok && decision.value.order.payment).not.toHaveProperty('lastError');
  });

  test.each([
    [PAYMENT_ATTEMPTS_MAX - 1, true],
    [PAYMENT_ATTEMPTS_MAX, false],
    [PAYMENT_ATTEMPTS_MAX + 1, false],
  ])('after %i attempts is %s', (attempt, ok) => {
    const declined = anOrderIn('PENDING_PAYMENT', {
      payment: aPayment({ status: 'FAILED', attempt }),
    });

    const decision = decidePay(declined, payCommand);

    expect(decision.ok).toBe(ok);
    if (!ok) expect(decision).toEqual(err({ kind: 'notPayable', orderStatus: 'PENDING_PAYMENT' }));
  });

  test.each(allBut('PENDING_PAYMENT'))('rejects an order that is %s, with its status', (status) => {
    expect(decidePay(anOrderIn(status), payCommand)).toEqual(
      err({ kind: 'notPayable', orderStatus: status }),
    );
  });

  test.each([
    [-1, true],
    [0, true],
    [1, false],
  ])('one hold length and %i ms after the expiry is %s', (milliseconds, ok) => {
    const now = EXPIRES_AT_INSTANT + seconds(HOLD_SECONDS) + milliseconds;

    const decision = decidePay(anOrder(), { ...payCommand, now });

    expect(decision.ok).toBe(ok);
    if (!ok) expect(decision).toEqual(err({ kind: 'orderExpired' }));
  });

  test('accepts an expired order whose stock is held again', () => {
    const decision = decidePay(anOrder(), { ...payCommand, now: EXPIRES_AT_INSTANT + seconds(60) });

    expect(decision).toMatchObject({
      ok: true,
      value: { order: { status: 'PAYING', expiresAt: payCommand.expiresAt } },
    });
  });
});

describe('cancelling', () => {
  test('cancels an unpaid order at once', () => {
    const decision = decideCancel(anOrder(), cancelCommand);

    expect(decision).toEqual(
      ok({
        isChanged: true,
        order: anOrder({
          status: 'CANCELLED',
          requests: { 'op-1': { fingerprint: 'print-1', responseStatus: 'CANCELLED' } },
          timeline: [
            { at: '2026-01-01T12:00:00.000Z', status: 'PENDING_PAYMENT' },
            { at: NOW_ISO, status: 'CANCELLED', reason: 'cancelled by the customer' },
          ],
          version: 2,
          updatedAt: NOW_ISO,
        }),
      }),
    );
  });

  test('cancels a completed order through the saga, in a new execution', () => {
    const completed = anOrderIn('COMPLETED', { version: 5 });

    const decision = decideCancel(completed, cancelCommand);

    const saga = { machine: 'cancel', name: 'ord-1-cancel-5' } as const;
    expect(decision).toEqual(
      ok({
        isChanged: true,
        order: {
          ...completed,
          status: 'CANCELLING',
          saga,
          requests: {
            ...completed.requests,
            'op-1': { fingerprint: 'print-1', responseStatus: 'CANCELLING', saga },
          },
          timeline: [
            ...completed.timeline,
            { at: NOW_ISO, status: 'CANCELLING', reason: 'cancelled by the customer' },
          ],
          version: 6,
          updatedAt: NOW_ISO,
        },
      }),
    );
  });

  test.each(['CANCELLING', 'CANCELLED'] as const)(
    'changes nothing for an order that is %s',
    (status) => {
      const order = anOrderIn(status);

      expect(decideCancel(order, cancelCommand)).toEqual(ok({ order, isChanged: false }));
    },
  );

  test.each(['PAYING', 'CONFIRMED', 'NEEDS_ATTENTION'] as const)(
    'rejects an order that is %s until its saga has ended',
    (status) => {
      expect(decideCancel(anOrderIn(status), cancelCommand)).toEqual(err({ kind: 'inProgress' }));
    },
  );

  test('rejects an order that was shipped', () => {
    expect(decideCancel(anOrderIn('FULFILLED'), cancelCommand)).toEqual(
      err({ kind: 'alreadyFulfilled' }),
    );
  });
});

describe('fulfilling', () => {
  test('fulfils a completed order', () => {
    const completed = anOrderIn('COMPLETED');

    const decision = decideFulfil(completed, request);

    expect(decision).toEqual(
      ok({
        isChanged: true,
        order: {
          ...completed,
          status: 'FULFILLED',
          requests: {
            ...completed.requests,
            'op-1': { fingerprint: 'print-1', responseStatus: 'FULFILLED' },
          },
          timeline: [...completed.timeline, { at: NOW_ISO, status: 'FULFILLED' }],
          version: 3,
          updatedAt: NOW_ISO,
        },
      }),
    );
  });

  test('changes nothing for a fulfilled order', () => {
    const order = anOrderIn('FULFILLED');

    expect(decideFulfil(order, request)).toEqual(ok({ order, isChanged: false }));
  });

  test.each(allBut('COMPLETED', 'FULFILLED'))('rejects an order that is %s', (status) => {
    expect(decideFulfil(anOrderIn(status), request)).toEqual(
      err({ kind: 'notCompleted', orderStatus: status }),
    );
  });

  test('rejects an expired unpaid order as EXPIRED', () => {
    const decision = decideFulfil(anOrder(), { ...request, now: EXPIRES_AT_INSTANT });

    expect(decision).toEqual(err({ kind: 'notCompleted', orderStatus: 'EXPIRED' }));
  });
});

describe('resuming', () => {
  test('runs the compensation of an order that needs attention in a new execution', () => {
    const parked = anOrderIn('NEEDS_ATTENTION', { version: 7 });

    const decision = decideResume(parked, request);

    const saga = { machine: 'cancel', name: 'ord-1-resume-7' } as const;
    expect(decision).toEqual(
      ok({
        isChanged: true,
        order: {
          ...parked,
          status: 'CANCELLING',
          saga,
          requests: {
            ...parked.requests,
            'op-1': {
              fingerprint: 'print-1',
              responseStatus: 'CANCELLING',
              saga,
              resumptionVersion: 7,
            },
          },
          timeline: [...parked.timeline, { at: NOW_ISO, status: 'CANCELLING', reason: 'resumed' }],
          version: 8,
          updatedAt: NOW_ISO,
        },
      }),
    );
  });

  test.each(allBut('NEEDS_ATTENTION'))('rejects an order that is %s', (status) => {
    expect(decideResume(anOrderIn(status), request)).toEqual(
      err({ kind: 'notResumable', orderStatus: status }),
    );
  });
});

describe.each([
  ['paying', 'PENDING_PAYMENT', (order: Order) => decidePay(order, payCommand)],
  ['cancelling', 'COMPLETED', (order: Order) => decideCancel(order, cancelCommand)],
  ['fulfilling', 'COMPLETED', (order: Order) => decideFulfil(order, request)],
  ['resuming', 'NEEDS_ATTENTION', (order: Order) => decideResume(order, request)],
] as const)('a repeated request for %s', (_name, from, decide) => {
  const done = () => unwrap(decide(anOrderIn(from, { expiresAt: EXPIRES_AT }))).order;

  test.each(STATUSES)('changes nothing although the order is now %s', (status) => {
    const order = { ...done(), status };

    expect(decide(order)).toEqual(ok({ order, isChanged: false }));
  });

  test('rejects another body with the same key', () => {
    const order = done();
    const requests = { 'op-1': { fingerprint: 'other', responseStatus: order.status } };

    expect(decide({ ...order, requests })).toEqual(err({ kind: 'keyReused' }));
  });
});

test('an order stays small after thousands of resumptions and keeps its payment responses', () => {
  const RESUMPTIONS = 3_000;
  let order = anOrderIn('NEEDS_ATTENTION');
  for (let time = 0; time < RESUMPTIONS; time += 1) {
    const resumed = decideResume(order, { ...request, operationId: `resume-${time}` });
    if (!resumed.ok) throw new Error('it was rejected');
    order = { ...resumed.value.order, status: 'NEEDS_ATTENTION' };
  }

  const rounds = Object.values(order.requests).filter(
    ({ resumptionVersion }) => resumptionVersion !== undefined,
  );
  expect(rounds).toHaveLength(RESUMPTIONS_KEPT_MAX);
  expect(order.requests['pay-1']).toMatchObject({ responseStatus: 'PAYING' });
  expect(order.requests[`resume-${RESUMPTIONS - 1}`]).toBeDefined();
  expect(order.timeline).toHaveLength(HISTORY_ENTRIES_MAX);
  expect(JSON.stringify(order).length).toBeLessThan(40_000);
});
