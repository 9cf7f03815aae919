import { describe, expect, test } from 'vitest';
import type {
  CellDisagreement,
  OrderAudit,
  PaymentAudit,
  ReservedUnits,
} from '../../../lambdas/contracts/api/audit.ts';
import { ReconciliationEvents } from '../../../lambdas/contracts/events.ts';
import { toCellDetection } from '../../../lambdas/reconciliation/domain/checks/check-cells.ts';
import { checkPayment } from '../../../lambdas/reconciliation/domain/checks/check-payments.ts';
import {
  checkCommittedReservation,
  checkDeadLetterQueue,
} from '../../../lambdas/reconciliation/domain/checks/check-reservations.ts';
import type { Count } from '../../../lambdas/reconciliation/domain/counts/count.ts';
import { eventsOf } from '../../../lambdas/reconciliation/domain/events.ts';
import {
  advanceFinding,
  type Finding,
  mergeDetection,
} from '../../../lambdas/reconciliation/domain/finding.ts';
import { NOON } from '../../support/inventory.ts';
import {
  aBalanceDifference,
  aDetection,
  anOrder,
  aPaymentAudit,
  aReservationAudit,
  TEA,
} from '../../support/reconciliation/reconciliation.ts';
import { agoIso, kindsOf } from './check-builders.ts';

const aCount = (): Count => ({
  countId: 'cnt-1',
  sku: 'tea',
  locationId: 'main',
  counted: 9,
  countedAt: '2026-01-01T11:00:00.000Z',
  fingerprint: 'print-1',
  by: 'staff',
  status: 'POSTED',
  expected: 10,
  difference: -1,
  delta: -1,
  version: 2,
  updatedAt: '2026-01-01T12:00:00.000Z',
  correlationId: 'corr-1',
});

describe('a payment', () => {
  const aRefund = (
    status: 'PENDING' | 'DONE' | 'FAILED',
    origin?: 'DASHBOARD' | 'DISPUTE',
    amount = 1000,
  ) => ({ refundId: 'r1', amount, status, ...(origin === undefined ? {} : { origin }) });

  test.each<[Partial<PaymentAudit>, OrderAudit, string[]]>([
    [{}, anOrder(), []],
    [{ status: 'VOIDED' }, anOrder({ status: 'CANCELLED' }), []],
    [{ status: 'CAPTURED' }, anOrder({ status: 'CANCELLED' }), ['CANCELLED_ORDER_KEEPS_MONEY']],
    [{ status: 'AUTHORIZED' }, anOrder({ status: 'CANCELLED' }), ['CANCELLED_ORDER_KEEPS_MONEY']],
    [{ status: 'AUTHORIZED' }, anOrder({ attempt: 2 }), ['PAYMENT_WITHOUT_ORDER']],
    [{ status: 'AUTHORIZED' }, anOrder({ status: 'PENDING_PAYMENT' }), ['PAYMENT_WITHOUT_ORDER']],
    [{ status: 'FAILED' }, anOrder({ status: 'PENDING_PAYMENT' }), []],
    [
      { status: 'REFUNDED', refundedAmount: 1001 },
      anOrder({ status: 'CANCELLED' }),
      ['REFUND_EXCEEDS_CAPTURE'],
    ],
    [{ status: 'REFUNDED', refundedAmount: 1000 }, anOrder({ status: 'CANCELLED' }), []],
    [{ refunds: [aRefund('PENDING')] }, anOrder({ status: 'CANCELLED' }), []],
    [{ refunds: [aRefund('FAILED')] }, anOrder({ status: 'CANCELLED' }), ['REFUND_FAILED']],
    // The audit has just written the refund that it read.
    [
      { refunds: [aRefund('FAILED')], updatedAt: agoIso(0) },
      anOrder({ status: 'CANCELLED' }),
      ['REFUND_FAILED'],
    ],
    [{ refunds: [aRefund('FAILED')] }, anOrder({ status: 'CANCELLED', since: agoIso(359) }), []],
    [
      { refunds: [aRefund('FAILED'), { ...aRefund('PENDING'), refundId: 'r2' }] },
      anOrder({ status: 'CANCELLED' }),
      [],
    ],
    [
      { refunds: [aRefund('DONE', 'DASHBOARD', 300)], refundedAmount: 300 },
      anOrder(),
      ['REFUND_UNRECORDED'],
    ],
    [{ refunds: [aRefund('PENDING', 'DISPUTE')] }, anOrder({ status: 'CANCELLED' }), []],
    [
      { refunds: [aRefund('FAILED', 'DISPUTE')] },
      anOrder({ status: 'CANCELLED' }),
      ['CANCELLED_ORDER_KEEPS_MONEY'],
    ],
    [{ status: 'REQUIRES_ACTION', capturedAmount: 0 }, anOrder({ status: 'CANCELLED' }), []],
    [{ updatedAt: agoIso(359) }, anOrder({ status: 'CANCELLED' }), []],
    [{}, anOrder({ status: 'CANCELLED', since: agoIso(359) }), []],
  ])('%j of the order %j has the findings %j', (payment, order, kinds) => {
    expect(kindsOf(checkPayment(aPaymentAudit(payment), order, NOON))).toEqual(kinds);
  });

  test('without an order needs approval', () => {
    const [found] = checkPayment(aPaymentAudit(), undefined, NOON);

    expect(found).toMatchObject({ kind: 'PAYMENT_WITHOUT_ORDER', repair: { isSafe: false } });
  });
});

describe('a committed reservation', () => {
  test.each([
    ['CONFIRMED', []],
    ['COMPLETED', []],
    ['CANCELLED', []],
    ['PENDING_PAYMENT', ['RESERVATION_WITHOUT_ORDER']],
  ] as const)('of an order that is %s has the findings %j', (status, kinds) => {
    expect(kindsOf(checkCommittedReservation(aReservationAudit(), anOrder({ status })))).toEqual(
      kinds,
    );
  });

  test('without an order needs approval if it is committed', () => {
    expect(checkCommittedReservation(aReservationAudit(), undefined)).toMatchObject([
      { units: 2, repair: { isSafe: false } },
    ]);
    expect(checkCommittedReservation(aReservationAudit({ status: 'RELEASED' }), undefined)).toEqual(
      [],
    );
  });
});

test('an empty dead-letter queue is not reported', () => {
  expect(checkDeadLetterQueue({ name: 'q', kind: 'event', messages: 0 }, agoIso(0))).toEqual([]);
  expect(
    kindsOf(checkDeadLetterQueue({ name: 'q', kind: 'event', messages: 1 }, agoIso(0))),
  ).toEqual(['DEAD_LETTERS']);
});

describe('a disagreement in a cell', () => {
  const since = agoIso(60);
  const bucket = NOON / 1000 + 600;
  const claim = (held: Record<string, number>, committed: number) => ({ held, committed });
  const ALL: readonly CellDisagreement[] = [
    aBalanceDifference(),
    { ...aBalanceDifference(), isRebuildable: false } as CellDisagreement,
    {
      kind: 'BALANCE_NEGATIVE',
      cell: TEA,
      version: 1,
      balance: { available: -2, held: {}, committed: 0 },
    },
    {
      kind: 'EXPIRED_BUCKET_NOT_EMPTY',
      cell: TEA,
      version: 1,
      balance: { available: 1, held: { [bucket]: 2 }, committed: 0 },
      expiredThrough: bucket,
    },
    {
      kind: 'MOVEMENT_MISSING',
      cell: TEA,
      version: 1,
      lost: [
        {
          kind: 'RECEIVED',
          quantity: 3,
          from: { account: 'outside' },
          to: { account: 'available' },
        },
      ],
      isRestorable: true,
      isCertain: true,
      since,
    },
    {
      kind: 'RECORD_MISSING',
      cell: TEA,
      version: 1,
      record: 'operation:op-1',
      movementIds: ['op-1.1'],
      quantity: 3,
      since,
    },
    {
      kind: 'RESERVATION_DIFFERS',
      cell: TEA,
      version: 1,
      reservationId: 'ord-1',
      reservationVersion: 2,
      status: 'HELD',
      expected: claim({}, 2),
      actual: claim({ [bucket]: 2 }, 0),
      isCertain: true,
      since,
    },
  ];

  test.each(ALL.map((one) => [one.kind, one] as const))(
    '%s is explained in whole sentences',
    (_kind, one) => {
      const found = toCellDetection(one, agoIso(0));

      const words = `${found.explanation} ${found.repair?.effect ?? ''}`;
      expect(words).toMatch(/^[A-Z][\s\S]*[.]\s?$/);
      expect(words).not.toMatch(/undefined|NaN|null|\[object|, ,| {2}\S/);
      expect(found.units).toBeGreaterThan(0);
    },
  );

  test('is explained in plain words', () => {
    const explanations = ALL.map((one) => toCellDetection(one, agoIso(0)).explanation);

    expect(explanations[0]).toBe(
      "The balance of tea/main/0 differs from the sum of its movements: available is 8 and should be 5. All records of operations and reservations agree with the movements, so the balance was not changed by Stockbook's commands.",
    );
    expect(explanations[6]).toBe(
      'Reservation ord-1 is HELD, so it should have 2 held until 2026-01-01T12:10:00.000Z in tea/main/0, but its movements leave it with 2 committed, and so does the balance.',
    );
  });

  test.each<[string, ReservedUnits, ReservedUnits, object]>([
    [
      'committed units of a HELD record',
      claim({}, 2),
      claim({ [bucket]: 2 }, 0),
      { 'held until 2026-01-01T12:10:00.000Z': -2, committed: 2 },
    ],
    [
      'units that are held until another time',
      claim({ [bucket]: 2 }, 0),
      claim({ [bucket + 60]: 2 }, 0),
      {
        'held until 2026-01-01T12:10:00.000Z': 2,
        'held until 2026-01-01T12:11:00.000Z': -2,
      },
    ],
    ['too few committed units', claim({}, 3), claim({}, 1), { committed: 2 }],
  ])(
    'has the difference of each account of a reservation: %s',
    (_case, expected, actual, difference) => {
      const differs = ALL.find(({ kind }) => kind === 'RESERVATION_DIFFERS');
      const found = toCellDetection(
        { ...differs, expected, actual } as CellDisagreement,
        agoIso(0),
      );

      expect(found.difference).toEqual(difference);
    },
  );

  test('without trusted movements has no proposed repair', () => {
    expect(
      toCellDetection({ ...aBalanceDifference(), isRebuildable: false } as CellDisagreement, '')
        .repair,
    ).toBeUndefined();
  });
});

describe('an event', () => {
  test('matches the contract', () => {
    const [detectedEvent] = eventsOf.finding(undefined, opened);
    const repaired = advanceFinding(opened, { status: 'REPAIRED', by: 'staff', now: NOON });
    const [event] = eventsOf.finding(opened, repaired);
    const [posted] = eventsOf.count(undefined, aCount());

    expect(ReconciliationEvents.DriftDetected.parse(detectedEvent?.detail)).toEqual(
      detectedEvent?.detail,
    );
    expect(ReconciliationEvents.DriftRepaired.parse(event?.detail)).toEqual(event?.detail);
    expect(ReconciliationEvents.StockTakePosted.parse(posted?.detail)).toEqual(posted?.detail);
    expect(eventsOf.count(aCount(), aCount())).toEqual([]);
  });

  const context = { findingId: 'fnd-1', by: 'reconciler', correlationId: 'corr-1', now: NOON };
  const opened = mergeDetection(undefined, aDetection(), context);
  const typesOf = (before: Finding | undefined, after: Finding) =>
    eventsOf.finding(before, after).map(({ type }) => type);

  test('is published once for each occurrence of drift', () => {
    const again = mergeDetection(opened, aDetection(), context);
    const repaired = advanceFinding(again, { status: 'REPAIRED', by: 'staff', now: NOON });
    const back = mergeDetection(repaired, aDetection(), context);

    expect(typesOf(undefined, opened)).toEqual(['DriftDetected']);
    expect(typesOf(opened, again)).toEqual([]);
    expect(typesOf(again, repaired)).toEqual(['DriftRepaired']);
    expect(typesOf(repaired, back)).toEqual(['DriftDetected']);
  });

  test('has no character that ends the JSON string of a notification', () => {
    const odd = { ...opened, subject: 'ORDER#"x"\\', explanation: 'a "b"\nc\td\u0007 \\e — ok' };

    const [event] = eventsOf.finding(undefined, odd);

    expect(event?.detail.data).toMatchObject({
      subject: "ORDER#'x'/",
      explanation: "a 'b' c d  /e — ok",
    });
  });

  test('has the same id for the same change', () => {
    expect(eventsOf.finding(undefined, opened)).toEqual(eventsOf.finding(undefined, opened));
    expect(eventsOf.finding(undefined, opened)[0]?.detail.eventId).toBe(
      'finding/fnd-1/1/DriftDetected',
    );
  });

  test('is not published when a finding is opened for approval again', () => {
    const approved = advanceFinding(opened, { status: 'APPROVED', by: 'reconciler', now: NOON });
    const rejected = advanceFinding(approved, {
      status: 'OPEN',
      by: 'reconciler',
      now: NOON,
      lastError: 'VERSION_CONFLICT',
    });

    expect(typesOf(approved, rejected)).toEqual([]);
  });
});
