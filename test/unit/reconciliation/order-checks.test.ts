import { describe, expect, test } from 'vitest';
import type { OrderAudit } from '../../../lambdas/contracts/api/audit.ts';
import { checkOrder } from '../../../lambdas/reconciliation/domain/checks/check-orders.ts';
import { STUCK_SECONDS } from '../../../lambdas/shared/events/delivery-times.ts';
import { NOON } from '../../support/inventory.ts';
import {
  anOrder,
  aPaymentAudit,
  aReservationAudit,
  TEA,
} from '../../support/reconciliation/reconciliation.ts';
import { agoIso, kindsOf } from './check-builders.ts';

const aConsistentSnapshot = () => ({
  order: anOrder(),
  reservation: aReservationAudit(),
  payment: aPaymentAudit(),
});

describe('an order', () => {
  test.each<
    [
      OrderAudit['status'],
      Parameters<typeof aReservationAudit>[0],
      Parameters<typeof aPaymentAudit>[0],
    ]
  >([
    ['PENDING_PAYMENT', { status: 'HELD' }, { status: 'FAILED' }],
    ['COMPLETED', {}, {}],
    ['COMPLETED', { status: 'FULFILLED' }, {}],
    ['FULFILLED', { status: 'FULFILLED' }, {}],
    ['CANCELLED', { status: 'RELEASED' }, { status: 'REFUNDED' }],
    ['CANCELLED', { status: 'EXPIRED' }, { status: 'VOIDED' }],
    // The hold has expired.
    ['CANCELLED', { status: 'HELD' }, { status: 'VOIDED' }],
  ])(
    'that is %s with its reservation %j and payment %j has no finding',
    (status, reservation, payment) => {
      const sides = {
        order: anOrder({ status }),
        reservation: aReservationAudit(reservation),
        payment: aPaymentAudit(payment),
      };

      expect(checkOrder(sides, NOON)).toEqual([]);
    },
  );

  test.each([
    ['COMPLETED', 'HELD', 'ORDER_STOCK_NOT_COMMITTED', 'commitStock'],
    ['COMPLETED', 'RELEASED', 'ORDER_STOCK_NOT_COMMITTED', 'cancelOrder'],
    ['COMPLETED', 'EXPIRED', 'ORDER_STOCK_NOT_COMMITTED', 'cancelOrder'],
    ['FULFILLED', 'COMMITTED', 'ORDER_NOT_SHIPPED', 'shipStock'],
    ['FULFILLED', 'RELEASED', 'ORDER_STOCK_NOT_COMMITTED', undefined],
    ['CANCELLED', 'COMMITTED', 'CANCELLED_ORDER_HOLDS_STOCK', 'releaseStock'],
  ] as const)(
    'that is %s with a reservation that is %s is reported: %s, %s',
    (status, reserved, kind, action) => {
      const found = checkOrder(
        {
          ...aConsistentSnapshot(),
          order: anOrder({ status }),
          reservation: aReservationAudit({ status: reserved }),
        },
        NOON,
      );

      expect(kindsOf(found)).toEqual([kind]);
      expect(found[0]?.repair?.command.action).toBe(action);
    },
  );

  test('that is cancelled and still held keeps stock', () => {
    const reservation = aReservationAudit({ status: 'HELD', heldUntil: agoIso(-1) });

    expect(
      kindsOf(
        checkOrder(
          { ...aConsistentSnapshot(), order: anOrder({ status: 'CANCELLED' }), reservation },
          NOON,
        ),
      ),
    ).toEqual(['CANCELLED_ORDER_HOLDS_STOCK']);
  });

  test.each([
    [359, []],
    [360, ['ORDER_NOT_SHIPPED']],
  ])('with a final status for %i seconds has the findings %j', (age, kinds) => {
    const order = anOrder({ status: 'FULFILLED', since: agoIso(age) });

    expect(kindsOf(checkOrder({ ...aConsistentSnapshot(), order }, NOON))).toEqual(kinds);
  });

  test('without a reservation is reported, unless it was fulfilled before the retention time', () => {
    const without = { ...aConsistentSnapshot(), reservation: undefined };
    const old = anOrder({ status: 'FULFILLED', since: agoIso(400 * 86_400 + 1) });

    expect(kindsOf(checkOrder(without, NOON))).toEqual(['ORDER_WITHOUT_RESERVATION']);
    expect(checkOrder({ ...without, order: old }, NOON)).toEqual([]);
  });

  test('with a SKU named as an object property is compared as any other', () => {
    const line = { ...TEA, sku: 'constructor', quantity: 2 };
    const order = anOrder({ lines: [line] });

    expect(
      checkOrder(
        { ...aConsistentSnapshot(), order, reservation: aReservationAudit({ lines: [line] }) },
        NOON,
      ),
    ).toEqual([]);
    expect(checkOrder({ ...aConsistentSnapshot(), order }, NOON)).toMatchObject([
      { kind: 'ORDER_LINES_DIFFER', expected: [{ sku: 'constructor', units: 2 }] },
    ]);
  });

  test('with other lines than its reservation is reported without a repair', () => {
    const lines = [
      { ...TEA, quantity: 1 },
      { ...TEA, sku: 'cup', quantity: 1 },
    ];

    const found = checkOrder(
      { ...aConsistentSnapshot(), reservation: aReservationAudit({ lines }) },
      NOON,
    );

    expect(found).toMatchObject([
      {
        kind: 'ORDER_LINES_DIFFER',
        difference: [
          { sku: 'tea', units: 1 },
          { sku: 'cup', units: -1 },
        ],
        units: 2,
        subject: 'order:ord-1',
      },
    ]);
    expect(found[0]?.repair).toBeUndefined();
  });

  test.each([
    [{ status: 'AUTHORIZED', capturedAmount: 0 }, 'CAPTURE_MISSING', 'capturePayment'],
    [{ status: 'VOIDED', capturedAmount: 0 }, 'CAPTURE_MISSING', undefined],
    [{ capturedAmount: 999 }, 'CAPTURE_DIFFERS', undefined],
    [{ capturedAmount: 1001 }, 'CAPTURE_DIFFERS', undefined],
    [{ currency: 'USD' }, 'CAPTURE_DIFFERS', undefined],
  ] as const)('that is completed with a payment %j is reported: %s', (payment, kind, action) => {
    const found = checkOrder({ ...aConsistentSnapshot(), payment: aPaymentAudit(payment) }, NOON);

    expect(kindsOf(found)).toEqual([kind]);
    expect(found[0]?.repair?.command.action).toBe(action);
  });

  test.each([
    ['REFUNDED', 'COMPLETED', 360, ['CAPTURE_MISSING']],
    ['REFUNDED', 'COMPLETED', 359, []],
    ['REFUNDED', 'FULFILLED', 360, []],
  ] as const)(
    'whose payment is %s at the provider and that is %s has after %i s the findings %j',
    (status, of, age, kinds) => {
      const payment = aPaymentAudit({ status, refundedAmount: 1000, updatedAt: agoIso(age) });
      const reservation = aReservationAudit({
        status: of === 'FULFILLED' ? 'FULFILLED' : 'COMMITTED',
      });
      const sides = {
        ...aConsistentSnapshot(),
        order: anOrder({ status: of }),
        reservation,
        payment,
      };

      expect(kindsOf(checkOrder(sides, NOON))).toEqual(kinds);
    },
  );

  test('that is completed without a payment is reported', () => {
    expect(kindsOf(checkOrder({ ...aConsistentSnapshot(), payment: undefined }, NOON))).toEqual([
      'CAPTURE_MISSING',
    ]);
  });
});

describe('an order in progress', () => {
  test.each([
    ['PAYING', STUCK_SECONDS - 1, []],
    ['PAYING', STUCK_SECONDS, ['SAGA_STUCK']],
    ['CANCELLING', STUCK_SECONDS, ['SAGA_STUCK']],
    ['CONFIRMED', STUCK_SECONDS - 1, []],
    ['CONFIRMED', STUCK_SECONDS, ['SAGA_STUCK', 'ORDER_STOCK_NOT_COMMITTED']],
  ] as const)('%s for %i seconds has the findings %j', (status, age, kinds) => {
    const order = anOrder({
      status,
      since: agoIso(age),
      saga: { name: 'ord-1-1', execution: 'FAILED' },
    });

    expect(
      kindsOf(
        checkOrder(
          { ...aConsistentSnapshot(), order, reservation: aReservationAudit({ status: 'HELD' }) },
          NOON,
        ),
      ),
    ).toEqual(kinds);
  });

  test.each([
    ['NOT_STARTED', 'its saga was never started', 'resumeOrder'],
    ['FAILED', 'its saga failed', 'resumeOrder'],
    ['TIMED_OUT', 'its saga timed out', 'resumeOrder'],
    ['ABORTED', 'its saga was stopped', 'resumeOrder'],
    ['RUNNING', 'its saga still runs', undefined],
    ['SUCCEEDED', 'its saga has succeeded', undefined],
  ] as const)('with a saga that is %s is explained: %s', (execution, says, action) => {
    const order = anOrder({ status: 'PAYING', saga: { name: 'ord-1-1', execution } });

    const [found] = checkOrder({ ...aConsistentSnapshot(), order }, NOON);

    expect(found?.explanation).toContain(says);
    expect(found?.repair?.command.action).toBe(action);
  });

  test.each([
    [
      'CAPTURED',
      'SUCCEEDED',
      'orders has not received PaymentCaptured',
      'Completes the order. Its stock is committed and its payment is captured.',
    ],
    ['CAPTURED', 'ABORTED', 'its saga was stopped', 'Compensates'],
    ['REFUNDED', 'SUCCEEDED', 'Read its timeline', undefined],
    ['AUTHORIZED', 'SUCCEEDED', 'Read its timeline', undefined],
  ] as const)(
    'that is confirmed with its payment %s and its saga %s: %s',
    (payment, execution, says, effect) => {
      const order = anOrder({ status: 'CONFIRMED', saga: { name: 'ord-1-1', execution } });

      const [found] = checkOrder(
        { ...aConsistentSnapshot(), order, payment: aPaymentAudit({ status: payment }) },
        NOON,
      );

      expect(found?.kind).toBe('SAGA_STUCK');
      expect(found?.explanation).toContain(says);
      expect(found?.repair?.effect.split(':')[0]).toBe(effect);
    },
  );

  test.each([
    [86_399, []],
    [86_400, ['ORDER_NEEDS_ATTENTION']],
  ])('that has needed attention for %i seconds has the findings %j', (age, kinds) => {
    const order = anOrder({ status: 'NEEDS_ATTENTION', since: agoIso(age) });

    expect(kindsOf(checkOrder({ ...aConsistentSnapshot(), order }, NOON))).toEqual(kinds);
  });
});
