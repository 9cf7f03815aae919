import { describe, expect, test } from 'vitest';
import {
  applyProviderRecord,
  createPayment,
  type Payment,
  type ProviderRecord,
} from '../../../lambdas/payments/domain/payment.ts';
import { mergeRefunds, REFUNDS_MAX } from '../../../lambdas/payments/domain/refund.ts';
import { reversePayment } from '../../../lambdas/payments/use-cases/reverse-payment.ts';
import { syncPayment } from '../../../lambdas/payments/use-cases/sync-payment.ts';
import { RetryLaterError } from '../../../lambdas/shared/core/errors.ts';
import { NOON } from '../../support/inventory.ts';
import {
  aRefund,
  capturedRecord,
  createCaptured,
  createPaymentPorts,
  KEY,
  REF,
  storedPaymentOf,
} from '../../support/payments/payment-ports.ts';
import { AMOUNT, withFaults } from '../../support/payments/payments.ts';

describe('a payment never goes backwards', () => {
  const base = createPayment({ ...REF, amount: AMOUNT, currency: 'EUR' }, NOON);
  const at = (...records: readonly ProviderRecord[]): Payment =>
    records.reduce((payment, record) => applyProviderRecord(payment, record, NOON), base);

  test.each<[string, ProviderRecord[], ProviderRecord]>([
    ['captured, then a late authorization', [capturedRecord()], { status: 'authorized' }],
    ['refunded, then a late capture', [capturedRecord(aRefund())], capturedRecord()],
    ['refunded, then a late authorization', [capturedRecord(aRefund())], { status: 'authorized' }],
    [
      'authorized, then a late required action',
      [{ status: 'authorized' }],
      { status: 'requiresAction', nextAction: { type: 'redirect' } },
    ],
    ['voided, then a late authorization', [{ status: 'voided' }], { status: 'authorized' }],
    [
      'a refund that failed, then a late report that it is done',
      [capturedRecord(aRefund({ status: 'FAILED', failureCode: 'expired' }))],
      capturedRecord(aRefund()),
    ],
  ])('%s', (_case, earlier, late) => {
    const before = at(...earlier);

    expect(applyProviderRecord(before, late, NOON)).toBe(before);
  });

  test('when a concurrent refund makes the save fail', async () => {
    const ports = await createCaptured();
    const save = ports.payments.save.bind(ports.payments);
    let isFirst = true;
    ports.payments.save = async (payment) => {
      if (!isFirst) return save(payment);
      isFirst = false;
      // Another webhook records the refund between the look-up and the save of this one.
      const { status } = applyProviderRecord(
        await storedPaymentOf(ports),
        capturedRecord(aRefund()),
        NOON,
      );
      await save(
        applyProviderRecord(await storedPaymentOf(ports), capturedRecord(aRefund()), NOON),
      );
      expect(status).toBe('REFUNDED');
      return false;
    };
    ports.provider.setRefund(KEY, aRefund({ refundId: 're_1', amount: 1, origin: 'DASHBOARD' }));

    await syncPayment(ports, KEY, NOON);

    expect(await storedPaymentOf(ports)).toMatchObject({ status: 'REFUNDED' });
  });

  test('except to CAPTURED when a completed refund fails', () => {
    const failed = aRefund({ status: 'FAILED', failureCode: 'expired' });

    expect(at(capturedRecord(aRefund()), capturedRecord(failed))).toMatchObject({
      status: 'CAPTURED',
      refundedAmount: 0,
      refunds: [failed],
    });
  });
});

describe("the provider's message", () => {
  test('must be sent again when the provider does not respond', async () => {
    const ports = await createCaptured();
    const provider = withFaults(ports.provider, ['lost request']);

    await expect(syncPayment({ ...ports, provider }, KEY, NOON)).rejects.toThrow(RetryLaterError);
  });

  test('is ignored when the payment does not exist', async () => {
    expect(await syncPayment(createPaymentPorts(), 'ord-2-1', NOON)).toBe(false);
  });

  test('about a partial refund keeps the payment CAPTURED and stores the refund', async () => {
    const ports = await createCaptured();
    const partial = aRefund({ refundId: 're_1', amount: 300, origin: 'DASHBOARD' });
    ports.provider.setRefund(KEY, partial);

    await syncPayment(ports, KEY, NOON);

    expect(await storedPaymentOf(ports)).toMatchObject({
      status: 'CAPTURED',
      refundedAmount: 300,
      refunds: [partial],
    });
  });
});

describe('a refund', () => {
  test('that is pending keeps the payment CAPTURED until it completes', async () => {
    const ports = await createCaptured();
    ports.provider.newRefundStatus = 'PENDING';

    const answers = [
      await reversePayment(ports, REF, NOON),
      await reversePayment(ports, REF, NOON),
    ];

    const answer = { ok: true, value: { status: 'REFUND_PENDING' } };
    expect(answers).toEqual([answer, answer]);
    expect(await storedPaymentOf(ports)).toMatchObject({ status: 'CAPTURED', refundedAmount: 0 });
  });

  test('that fails days later is repeated under a new id', async () => {
    const ports = await createCaptured();
    await reversePayment(ports, REF, NOON);
    ports.provider.setRefund(KEY, aRefund({ status: 'FAILED', failureCode: 'expired' }));
    await syncPayment(ports, KEY, NOON);

    const failed = await storedPaymentOf(ports);
    const again = await reversePayment(ports, REF, NOON);

    expect(failed.status).toBe('CAPTURED');
    expect(again).toEqual({ ok: true, value: { status: 'REFUNDED' } });
    expect((await storedPaymentOf(ports)).refunds).toEqual([
      aRefund({ status: 'FAILED', failureCode: 'expired' }),
      aRefund({ refundId: 'r2' }),
    ]);
  });

  test('that fails immediately is rejected with its code', async () => {
    const ports = await createCaptured();
    ports.provider.newRefundStatus = 'FAILED';

    const result = await reversePayment(ports, REF, NOON);

    expect(result).toEqual({ ok: false, error: { kind: 'refundFailed', code: 'refund_failed' } });
  });

  test('covers what the dashboard has not refunded', async () => {
    const ports = await createCaptured();
    ports.provider.setRefund(KEY, aRefund({ refundId: 're_1', amount: 300, origin: 'DASHBOARD' }));

    const result = await reversePayment(ports, REF, NOON);

    expect(result).toEqual({ ok: true, value: { status: 'REFUNDED' } });
    expect((await storedPaymentOf(ports)).refunds).toContainEqual(
      aRefund({ amount: AMOUNT - 300 }),
    );
  });

  test('excludes the amount of a dispute', async () => {
    const ports = await createCaptured();
    ports.provider.setRefund(
      KEY,
      aRefund({ refundId: 'du_1', status: 'PENDING', origin: 'DISPUTE' }),
    );

    const result = await reversePayment(ports, REF, NOON);

    expect(result).toEqual({ ok: true, value: { status: 'REFUND_PENDING' } });
    expect((await storedPaymentOf(ports)).refunds).toHaveLength(1);
  });

  test(`list keeps ${REFUNDS_MAX} entries and drops only failed ones`, () => {
    const all = Array.from({ length: REFUNDS_MAX }, (_, index) =>
      aRefund({ refundId: `r${index + 1}`, status: index === 0 ? 'DONE' : 'FAILED' }),
    );

    const merged = mergeRefunds(all, [aRefund({ refundId: 'r101' })]);

    expect(merged).toHaveLength(REFUNDS_MAX);
    expect([merged[0], merged[1], merged.at(-1)].map((one) => one?.refundId)).toEqual([
      'r1',
      'r3',
      'r101',
    ]);
  });
});
