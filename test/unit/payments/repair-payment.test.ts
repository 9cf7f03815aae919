import { describe, expect, test } from 'vitest';
import { createPayment, type Payment } from '../../../lambdas/payments/domain/payment.ts';
import { repairPayment } from '../../../lambdas/payments/use-cases/repair-payment.ts';
import { NOON } from '../../support/inventory.ts';
import {
  AMOUNT,
  MemoryPaymentStore,
  MemoryProvider,
  withFaults,
} from '../../support/payments/payments.ts';

const REF = { orderId: 'ord-1', attempt: 1, correlationId: 'corr' };
const COMMAND = { ...REF, findingId: 'fnd-1', version: 1 };

async function createPorts(
  status: Payment['status'],
  record?: Parameters<MemoryProvider['records']['set']>[1],
) {
  const payments = new MemoryPaymentStore();
  const provider = new MemoryProvider();
  await payments.save(createPayment({ ...REF, amount: AMOUNT, currency: 'EUR' }, NOON, status));
  if (record !== undefined) provider.records.set('ord-1-1', record);
  return { payments, provider };
}

describe('a repaired payment', () => {
  test('is captured and stores the finding', async () => {
    const ports = await createPorts('AUTHORIZED', { status: 'authorized' });

    const result = await repairPayment(ports, { ...COMMAND, action: 'capture' }, NOON);

    expect(result).toEqual({ ok: true, value: { status: 'CAPTURED' } });
    expect(await ports.payments.get(REF)).toMatchObject({
      status: 'CAPTURED',
      capturedAmount: AMOUNT,
      repairs: [{ findingId: 'fnd-1', at: '2026-01-01T12:00:00.000Z', action: 'capture' }],
    });
  });

  test.each([
    ['AUTHORIZED', { status: 'authorized' }, 'VOIDED'],
    ['CAPTURED', { status: 'captured', amount: AMOUNT, refunds: [] }, 'REFUNDED'],
    // The provider never captured the amount, so nothing is refunded.
    ['CAPTURED', { status: 'authorized' }, 'VOIDED'],
  ] as const)(
    'is reversed: %s with %j at the provider becomes %s',
    async (status, record, after) => {
      const ports = await createPorts(status, record);

      const result = await repairPayment(ports, { ...COMMAND, action: 'reverse' }, NOON);

      expect(result).toEqual({ ok: true, value: { status: after } });
    },
  );

  test('is repaired once for repeated requests', async () => {
    const ports = await createPorts('AUTHORIZED', { status: 'authorized' });

    await repairPayment(ports, { ...COMMAND, action: 'capture' }, NOON);
    const again = await repairPayment(ports, { ...COMMAND, action: 'capture' }, NOON);

    expect(again).toEqual({ ok: true, value: { status: 'CAPTURED' } });
    expect((await ports.payments.get(REF))?.repairs).toHaveLength(1);
  });

  test.each(['VOIDED', 'REFUNDED', 'FAILED'] as const)(
    'has nothing to reverse when it is %s',
    async (status) => {
      const ports = await createPorts(status);

      const result = await repairPayment(
        ports,
        { ...COMMAND, version: 9, action: 'reverse' },
        NOON,
      );

      expect(result).toEqual({ ok: true, value: { status } });
      expect(ports.payments.saved).toHaveLength(1);
    },
  );

  test('continues after a lost response to the write of its trace', async () => {
    const { payments, provider } = await createPorts('AUTHORIZED', { status: 'authorized' });
    const save = payments.save.bind(payments);
    let isFirst = true;
    payments.save = async (payment) => {
      const isSaved = await save(payment);
      if (!isFirst) return isSaved;
      isFirst = false;
      return save(payment);
    };

    const result = await repairPayment(
      { payments, provider },
      { ...COMMAND, action: 'capture' },
      NOON,
    );

    expect(result).toEqual({ ok: true, value: { status: 'CAPTURED' } });
    expect((await payments.get(REF))?.repairs).toHaveLength(1);
  });

  test('continues after a crash between its trace and the call of the provider', async () => {
    const ports = await createPorts('AUTHORIZED', { status: 'authorized' });
    const dying = { ...ports, provider: withFaults(ports.provider, ['crash before']) };
    await expect(repairPayment(dying, { ...COMMAND, action: 'capture' }, NOON)).rejects.toThrow();

    const again = await repairPayment(ports, { ...COMMAND, action: 'capture' }, NOON);

    expect(again).toEqual({ ok: true, value: { status: 'CAPTURED' } });
  });
});

describe('rejects a repair', () => {
  test('of a payment whose version has changed, without calling the provider', async () => {
    const ports = await createPorts('AUTHORIZED', { status: 'authorized' });

    const result = await repairPayment(ports, { ...COMMAND, version: 2, action: 'reverse' }, NOON);

    expect(result).toEqual({ ok: false, error: { kind: 'versionConflict' } });
    expect(ports.provider.records.get('ord-1-1')).toEqual({ status: 'authorized' });
    expect(ports.payments.saved).toHaveLength(1);
  });

  test('of an unknown payment', async () => {
    const ports = await createPorts('AUTHORIZED');

    expect(await repairPayment(ports, { ...COMMAND, attempt: 2, action: 'reverse' }, NOON)).toEqual(
      {
        ok: false,
        error: { kind: 'notFound' },
      },
    );
  });

  test('when the provider does not capture, with its reason', async () => {
    const ports = await createPorts('AUTHORIZED', { status: 'authorized' });
    ports.provider.failsCapture = true;

    expect(await repairPayment(ports, { ...COMMAND, action: 'capture' }, NOON)).toEqual({
      ok: false,
      error: { kind: 'captureFailed', reason: 'capture_failed' },
    });
  });

  test('when the provider does not refund, with its reason', async () => {
    const ports = await createPorts('CAPTURED', {
      status: 'captured',
      amount: AMOUNT,
      refunds: [],
    });
    ports.provider.refundFailures = 1;

    expect(await repairPayment(ports, { ...COMMAND, action: 'reverse' }, NOON)).toMatchObject({
      ok: false,
      error: { kind: 'refundFailed' },
    });
  });
});
