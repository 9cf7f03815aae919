import { describe, expect, test } from 'vitest';
import { auditPayments } from '../../../lambdas/payments/use-cases/audit-payments.ts';
import { authorizePayment } from '../../../lambdas/payments/use-cases/authorize-payment.ts';
import { capturePayment } from '../../../lambdas/payments/use-cases/capture-payment.ts';
import { repairPayment } from '../../../lambdas/payments/use-cases/repair-payment.ts';
import { reversePayment } from '../../../lambdas/payments/use-cases/reverse-payment.ts';
import { syncPayment } from '../../../lambdas/payments/use-cases/sync-payment.ts';
import { NOON } from '../../support/inventory.ts';
import { AMOUNT, MemoryPaymentStore, MemoryProvider } from '../../support/payments/payments.ts';

const REF = { orderId: 'ord-1', attempt: 1, correlationId: 'corr' };
const CHARGE = { ...REF, total: { amount: AMOUNT, currency: 'EUR' }, paymentMethod: 'pm_ok' };

class OtherProvider extends MemoryProvider {
  override readonly name = 'other';
}

/** Creates a payment at one provider, in a stage that now uses another. Both respond. */
async function createWithOtherProvider(steps: 'pending' | 'authorized' | 'captured') {
  const payments = new MemoryPaymentStore();
  const first = new MemoryProvider();
  first.requiresAction = steps === 'pending';
  await authorizePayment({ payments, provider: first }, CHARGE, NOON);
  if (steps === 'captured') await capturePayment({ payments, provider: first }, REF, NOON);
  const provider = new OtherProvider();
  return { payments, first, provider, reader: payments, before: await payments.get(REF) };
}

describe('a payment of an earlier provider of the stage', () => {
  test('is recorded with its provider', async () => {
    expect((await createWithOtherProvider('captured')).before).toMatchObject({
      status: 'CAPTURED',
      provider: 'memory',
    });
  });

  test('is not reversed, because the other provider does not know it', async () => {
    const ports = await createWithOtherProvider('captured');

    const result = await reversePayment(ports, REF, NOON);

    expect(result).toEqual({
      ok: false,
      error: { kind: 'refundFailed', code: 'other_provider' },
    });
    expect(await ports.payments.get(REF)).toEqual(ports.before);
    expect(ports.provider.records.size).toBe(0);
  });

  test('is reversed once the stage uses its provider again', async () => {
    const ports = await createWithOtherProvider('captured');

    expect(await reversePayment({ ...ports, provider: ports.first }, REF, NOON)).toEqual({
      ok: true,
      value: { status: 'REFUNDED' },
    });
  });

  test('is not captured, authorized or repaired at another provider', async () => {
    const authorized = await createWithOtherProvider('authorized');
    const pending = await createWithOtherProvider('pending');
    const repair = { ...REF, findingId: 'fnd-1', version: authorized.before?.version ?? 0 };

    expect(await capturePayment(authorized, REF, NOON)).toEqual({
      ok: false,
      error: { kind: 'captureFailed', code: 'other_provider' },
    });
    expect(await repairPayment(authorized, { ...repair, action: 'reverse' }, NOON)).toMatchObject({
      error: { kind: 'refundFailed', reason: 'other_provider' },
    });
    expect(await authorizePayment(pending, CHARGE, NOON)).toEqual({
      ok: false,
      error: { kind: 'outcomeUnknown' },
    });
    expect([...authorized.provider.records.keys(), ...pending.provider.records.keys()]).toEqual([]);
  });

  test('is not looked up at another provider; the audit returns it unchanged', async () => {
    const ports = await createWithOtherProvider('pending');
    ports.provider.records.set('ord-1-1', { status: 'voided' });
    const later = NOON + 2 * 60 * 60 * 1_000;

    const settled = await syncPayment(ports, 'ord-1-1', later);
    const audited = await auditPayments(ports, { segment: 0, segments: 1 }, later);

    expect(settled).toBe(false);
    expect(audited).toMatchObject({ ok: true, value: { items: [{ status: 'REQUIRES_ACTION' }] } });
    expect(await ports.payments.get(REF)).toEqual(ports.before);
  });
});

test('a payment of an earlier version without a provider belongs to that of the stage', async () => {
  const ports = await createWithOtherProvider('captured');
  const { provider: _none, ...before } = ports.before ?? { provider: '' };
  const payments = new MemoryPaymentStore();
  await payments.save({ ...before, version: 1 } as never);

  expect(await reversePayment({ payments, provider: ports.first }, REF, NOON)).toMatchObject({
    ok: true,
  });
});
