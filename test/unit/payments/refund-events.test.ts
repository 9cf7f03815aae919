import { describe, expect, test } from 'vitest';
import { PaymentEvents } from '../../../lambdas/contracts/events.ts';
import { eventsOf } from '../../../lambdas/payments/domain/events.ts';
import {
  applyProviderRecord,
  createPayment,
  type ProviderRecord,
} from '../../../lambdas/payments/domain/payment.ts';
import { NOON } from '../../support/inventory.ts';
import { aRefund, capturedRecord, REF } from '../../support/payments/payment-ports.ts';
import { AMOUNT } from '../../support/payments/payments.ts';

describe('the events of refunds', () => {
  const payment = createPayment({ ...REF, amount: AMOUNT, currency: 'EUR' }, NOON);
  const told = (before: ProviderRecord, after: ProviderRecord) => {
    const first = applyProviderRecord(payment, before, NOON);
    const events = eventsOf(first, applyProviderRecord(first, after, NOON));
    for (const { type, detail } of events)
      expect(PaymentEvents[type].parse(detail)).toEqual(detail);
    return events.map(({ type, detail: { eventId, data } }) => [type, eventId, data.amount]);
  };
  const dispute = aRefund({ refundId: 'du_1', origin: 'DISPUTE', status: 'PENDING' });

  test.each<[string, ProviderRecord, ProviderRecord, unknown[]]>([
    [
      'a part is refunded',
      capturedRecord(),
      capturedRecord(aRefund({ amount: 300 })),
      [['PaymentRefunded', 'r1', 300]],
    ],
    [
      'two are done at once, each by itself',
      capturedRecord(),
      capturedRecord(aRefund({ amount: 300 }), aRefund({ refundId: 'r2', amount: 200 })),
      [
        ['PaymentRefunded', 'r1', 300],
        ['PaymentRefunded', 'r2', 200],
      ],
    ],
    ['a refund is pending', capturedRecord(), capturedRecord(aRefund({ status: 'PENDING' })), []],
    [
      'a refund fails after it completed; the capture is not published again',
      capturedRecord(aRefund()),
      capturedRecord(aRefund({ status: 'FAILED', failureCode: 'expired' })),
      [['PaymentRefundFailed', 'r1', AMOUNT]],
    ],
    [
      'a bank withdraws the amount',
      capturedRecord(),
      capturedRecord(dispute),
      [['PaymentDisputed', 'du_1', AMOUNT]],
    ],
    [
      'a dispute is lost',
      capturedRecord(dispute),
      capturedRecord({ ...dispute, status: 'DONE' }),
      [['PaymentRefunded', 'du_1', AMOUNT]],
    ],
    [
      'a dispute is won',
      capturedRecord(dispute),
      capturedRecord({ ...dispute, status: 'FAILED' }),
      [],
    ],
  ])('%s', (_case, before, after, events) => {
    const expected = events.map((event) => {
      const [type, id, amount] = event as [string, string, number];
      return [type, `payment/ord-1-1/3/${type}/${id}`, amount];
    });

    expect(told(before, after)).toEqual(expected);
  });

  test('a completed or failed action is published', () => {
    const action = { status: 'requiresAction', nextAction: { type: 'redirect' } } as const;
    const types = (after: ProviderRecord) => told(action, after).map(([type]) => type);

    expect(types({ status: 'authorized' })).toEqual([
      'PaymentAuthorized',
      'PaymentActionCompleted',
    ]);
    expect(types({ status: 'declined', code: 'failed' })).toEqual([
      'PaymentFailed',
      'PaymentActionCompleted',
    ]);
    expect(types({ status: 'voided' })).toEqual(['PaymentVoided']);
  });
});
