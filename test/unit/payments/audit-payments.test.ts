import { describe, expect, test } from 'vitest';
import type { Refund } from '../../../lambdas/payments/domain/refund.ts';
import { auditPayments } from '../../../lambdas/payments/use-cases/audit-payments.ts';
import { authorizePayment } from '../../../lambdas/payments/use-cases/authorize-payment.ts';
import { reversePayment } from '../../../lambdas/payments/use-cases/reverse-payment.ts';
import { NOON } from '../../support/inventory.ts';
import {
  aRefund,
  COMMAND,
  createCaptured,
  createPaymentPorts,
  KEY,
  REF,
  storedPaymentOf,
} from '../../support/payments/payment-ports.ts';
import { withFaults } from '../../support/payments/payments.ts';

const SCAN = { segment: 0, segments: 1 };
const HOUR = 3_600_000;

describe('an audit', () => {
  test('looks up pending refunds first', async () => {
    const ports = await createCaptured();
    ports.provider.newRefundStatus = 'PENDING';
    await reversePayment(ports, REF, NOON);
    ports.provider.setRefund(KEY, aRefund({ status: 'FAILED', failureCode: 'expired' }));

    const audited = await auditPayments(
      { ...ports, reader: ports.payments },
      { ...SCAN, ids: [KEY] },
      NOON,
    );

    expect(audited).toMatchObject({
      ok: true,
      value: { items: [{ status: 'CAPTURED', refunds: [{ refundId: 'r1', status: 'FAILED' }] }] },
    });
  });

  test.each<[string, Refund]>([
    ['a refund made in the dashboard', aRefund({ refundId: 're_1', origin: 'DASHBOARD' })],
    ['a dispute', aRefund({ refundId: 'du_1', origin: 'DISPUTE' })],
  ])('finds %s whose message was lost', async (_case, lost) => {
    const ports = await createCaptured();
    ports.provider.setRefund(KEY, lost);

    await auditPayments({ ...ports, reader: ports.payments }, SCAN, NOON);

    expect(await storedPaymentOf(ports)).toMatchObject({ status: 'REFUNDED', refunds: [lost] });
  });

  test('finds a refund that failed after it was done, whose message was lost', async () => {
    const ports = await createCaptured();
    await reversePayment(ports, REF, NOON);
    ports.provider.setRefund(KEY, aRefund({ status: 'FAILED', failureCode: 'expired' }));

    await auditPayments({ ...ports, reader: ports.payments }, SCAN, NOON);

    expect(await storedPaymentOf(ports)).toMatchObject({ status: 'CAPTURED', refundedAmount: 0 });
  });

  test('does not look up a payment whose refunds are stored', async () => {
    const ports = await createCaptured();
    await reversePayment(ports, REF, NOON);
    const before = ports.payments.saved.length;
    ports.provider.lookup = () => Promise.reject(new Error('asked'));

    await auditPayments({ ...ports, reader: ports.payments }, SCAN, NOON);

    expect(ports.payments.saved).toHaveLength(before);
  });

  test('voids an action that was not completed within an hour, and not earlier', async () => {
    const ports = createPaymentPorts();
    ports.provider.requiresAction = true;
    await authorizePayment(ports, COMMAND, NOON);

    const statuses = [];
    for (const at of [NOON + HOUR, NOON + HOUR + 1]) {
      await auditPayments({ ...ports, reader: ports.payments }, SCAN, at);
      statuses.push((await storedPaymentOf(ports)).status);
    }

    expect(statuses).toEqual(['REQUIRES_ACTION', 'VOIDED']);
  });

  test('returns the stored payment when the provider does not respond', async () => {
    const ports = await createCaptured();
    ports.provider.newRefundStatus = 'PENDING';
    await reversePayment(ports, REF, NOON);
    const provider = withFaults(ports.provider, ['lost request', 'lost request']);

    const audited = await auditPayments({ ...ports, provider, reader: ports.payments }, SCAN, NOON);

    expect(audited).toMatchObject({
      ok: true,
      value: { items: [{ refunds: [{ status: 'PENDING' }] }] },
    });
  });
});
