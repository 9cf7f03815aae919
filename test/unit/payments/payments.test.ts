import { describe, expect, test } from 'vitest';
import { PaymentEvents } from '../../../lambdas/contracts/events.ts';
import { eventsOf } from '../../../lambdas/payments/domain/events.ts';
import {
  applyProviderRecord,
  createPayment,
  type Payment,
  type ProviderRecord,
} from '../../../lambdas/payments/domain/payment.ts';
import type { Refund } from '../../../lambdas/payments/domain/refund.ts';
import { authorizePayment } from '../../../lambdas/payments/use-cases/authorize-payment.ts';
import { capturePayment } from '../../../lambdas/payments/use-cases/capture-payment.ts';
import type { PaymentProvider } from '../../../lambdas/payments/use-cases/ports.ts';
import { reversePayment } from '../../../lambdas/payments/use-cases/reverse-payment.ts';
import { NOON } from '../../support/inventory.ts';
import {
  COMMAND,
  createAuthorized,
  createCaptured,
  createPaymentPorts,
  REF,
} from '../../support/payments/payment-ports.ts';
import { AMOUNT, type MemoryProvider, withFaults } from '../../support/payments/payments.ts';

/** A provider that records the called methods in order. */
const withCallLog = (provider: MemoryProvider, calls: string[]): PaymentProvider => {
  const noted =
    <Given extends readonly unknown[], Value>(
      name: string,
      ask: (...given: Given) => Promise<Value>,
    ) =>
    (...given: Given): Promise<Value> => {
      calls.push(name);
      return ask.apply(provider, given as never);
    };
  return {
    name: provider.name,
    authorize: noted('authorize', provider.authorize),
    capture: noted('capture', provider.capture),
    void: noted('void', provider.void),
    refund: noted('refund', provider.refund),
    lookup: noted('lookup', provider.lookup),
    listRefundsSince: noted('listRefundsSince', provider.listRefundsSince),
  };
};

describe('authorize', () => {
  test('stores PENDING before the call of the provider and AUTHORIZED after it', async () => {
    const ports = createPaymentPorts();

    const result = await authorizePayment(ports, COMMAND, NOON);

    expect(result).toEqual({ ok: true, value: { status: 'AUTHORIZED' } });
    expect(ports.payments.saved.map(({ status }) => status)).toEqual(['PENDING', 'AUTHORIZED']);
  });

  test('calls the provider once for a repeated request', async () => {
    const ports = await createAuthorized();

    const again = await authorizePayment(ports, COMMAND, NOON);

    expect(again).toEqual({ ok: true, value: { status: 'AUTHORIZED' } });
    expect(ports.provider.authorizations).toEqual(['ord-1-1']);
  });

  test('looks up an earlier attempt without a response instead of repeating it', async () => {
    const ports = createPaymentPorts();
    await ports.payments.save(createPayment({ ...REF, ...COMMAND.total }, NOON));
    ports.provider.records.set('ord-1-1', { status: 'authorized' });
    const asked: string[] = [];

    const result = await authorizePayment(
      { ...ports, provider: withCallLog(ports.provider, asked) },
      COMMAND,
      NOON,
    );

    expect(result).toEqual({ ok: true, value: { status: 'AUTHORIZED' } });
    expect(asked).toEqual(['lookup']);
  });

  test('rejects a declined payment with its code, also for a repeat', async () => {
    const ports = createPaymentPorts();
    ports.provider.declineCode = 'card_declined';

    const answers = [
      await authorizePayment(ports, COMMAND, NOON),
      await authorizePayment(ports, COMMAND, NOON),
    ];

    const declined = { ok: false, error: { kind: 'declined', code: 'card_declined' } };
    expect(answers).toEqual([declined, declined]);
    expect(await ports.payments.get(REF)).toMatchObject({
      status: 'FAILED',
      failureCode: 'card_declined',
    });
  });

  test('looks up a lost response instead of repeating the request', async () => {
    const ports = createPaymentPorts();

    const result = await authorizePayment(
      { ...ports, provider: withFaults(ports.provider, ['lost response']) },
      COMMAND,
      NOON,
    );

    expect(result).toEqual({ ok: true, value: { status: 'AUTHORIZED' } });
    expect(ports.provider.authorizations).toEqual(['ord-1-1']);
  });

  test('keeps PENDING and an unknown outcome when the lookup fails', async () => {
    const ports = createPaymentPorts();
    const provider = withFaults(ports.provider, ['lost response', 'lost request']);

    const result = await authorizePayment({ ...ports, provider }, COMMAND, NOON);

    expect(result).toEqual({ ok: false, error: { kind: 'outcomeUnknown' } });
    expect(await ports.payments.get(REF)).toMatchObject({ status: 'PENDING' });
  });
});

describe('capture', () => {
  test('rejects a voided payment without calling the provider', async () => {
    const ports = await createAuthorized();
    await reversePayment(ports, REF, NOON);
    const asked: string[] = [];

    const result = await capturePayment(
      { ...ports, provider: withCallLog(ports.provider, asked) },
      REF,
      NOON,
    );

    expect(result).toEqual({ ok: false, error: { kind: 'captureFailed', code: 'voided' } });
    expect(asked).toEqual([]);
  });

  test('captures the authorized amount once', async () => {
    const ports = await createAuthorized();

    const answers = [
      await capturePayment(ports, REF, NOON),
      await capturePayment(ports, REF, NOON),
    ];

    const answer = { ok: true, value: { status: 'CAPTURED', capturedAmount: AMOUNT } };
    expect(answers).toEqual([answer, answer]);
  });

  test.each([
    ['a capture that the bank rejects', createAuthorized, 'capture_failed'],
    ['a capture of an unauthorized payment', async () => createPaymentPorts(), 'not_authorized'],
  ])('rejects %s', async (_name, given, code) => {
    const ports = await given();
    ports.provider.failsCapture = true;

    const result = await capturePayment(ports, REF, NOON);

    expect(result).toEqual({ ok: false, error: { kind: 'captureFailed', code } });
  });

  test('looks up a lost response', async () => {
    const ports = await createAuthorized();

    const result = await capturePayment(
      { ...ports, provider: withFaults(ports.provider, ['lost response']) },
      REF,
      NOON,
    );

    expect(result).toEqual({ ok: true, value: { status: 'CAPTURED', capturedAmount: AMOUNT } });
  });

  test('returns an unknown outcome for a capture that may not have arrived', async () => {
    const ports = await createAuthorized();

    const result = await capturePayment(
      { ...ports, provider: withFaults(ports.provider, ['lost request']) },
      REF,
      NOON,
    );

    expect(result).toEqual({ ok: false, error: { kind: 'outcomeUnknown' } });
  });
});

describe('reversing a payment', () => {
  test.each([
    ['does nothing for an order without a payment', async () => createPaymentPorts(), 0, 'NONE'],
    ['voids an authorized payment', createAuthorized, 1, 'VOIDED'],
    ['refunds a captured payment', createCaptured, 1, 'REFUNDED'],
  ])('%s, with the same result for a repeat', async (_name, given, attempt, status) => {
    const ports = await given();

    const answers = [
      await reversePayment(ports, { ...REF, attempt }, NOON),
      await reversePayment(ports, { ...REF, attempt }, NOON),
    ];

    expect(answers).toEqual(Array(2).fill({ ok: true, value: { status } }));
  });

  test('does nothing for a declined payment', async () => {
    const ports = createPaymentPorts();
    ports.provider.declineCode = 'card_declined';
    await authorizePayment(ports, COMMAND, NOON);

    expect(await reversePayment(ports, REF, NOON)).toEqual({
      ok: true,
      value: { status: 'FAILED' },
    });
  });

  test('before the authorization stores a tombstone that rejects it', async () => {
    const ports = createPaymentPorts();

    await reversePayment(ports, REF, NOON);
    const late = await authorizePayment(ports, COMMAND, NOON);

    expect(late).toEqual({ ok: false, error: { kind: 'declined', code: 'voided' } });
    expect(ports.provider.authorizations).toEqual([]);
  });

  test('blocks the key of an authorization that may still arrive', async () => {
    const ports = createPaymentPorts();
    const provider = withFaults(ports.provider, ['lost request', 'lost request']);
    await authorizePayment({ ...ports, provider }, COMMAND, NOON);

    const returned = await reversePayment(ports, REF, NOON);
    const late = await ports.provider.authorize('ord-1-1', {
      amount: AMOUNT,
      currency: 'EUR',
      paymentMethod: 'pm_ok',
    });

    expect(returned).toEqual({ ok: true, value: { status: 'VOIDED' } });
    expect(late).toEqual({ status: 'voided' });
  });

  test('finds a capture that is not stored and refunds it', async () => {
    const ports = await createAuthorized();
    await ports.provider.capture('ord-1-1');

    const returned = await reversePayment(ports, REF, NOON);

    expect(returned).toEqual({ ok: true, value: { status: 'REFUNDED' } });
    expect(await ports.payments.get(REF)).toMatchObject({
      capturedAmount: AMOUNT,
      refundedAmount: AMOUNT,
    });
  });

  test('a refund that fails twice succeeds at the third attempt', async () => {
    const ports = await createCaptured();
    ports.provider.refundFailures = 2;

    const answers = [];
    for (let tried = 0; tried < 3; tried += 1) answers.push(await reversePayment(ports, REF, NOON));

    const failed = { ok: false, error: { kind: 'refundFailed', code: 'refund_failed' } };
    expect(answers).toEqual([failed, failed, { ok: true, value: { status: 'REFUNDED' } }]);
  });
});

describe('events', () => {
  const payment = createPayment({ ...REF, amount: AMOUNT, currency: 'EUR' }, NOON);
  const captured = (...refunds: readonly Refund[]): ProviderRecord => ({
    status: 'captured',
    amount: AMOUNT,
    refunds,
  });
  const next = (before: Payment, record: Parameters<typeof applyProviderRecord>[1]) =>
    applyProviderRecord(before, record, NOON);

  test('publish each new status once, without the payment method', () => {
    const seen = [
      [payment, next(payment, { status: 'authorized' })],
      [payment, next(payment, { status: 'captured', amount: AMOUNT, refunds: [] })],
      [payment, next(payment, { status: 'voided' })],
      [payment, next(payment, captured({ refundId: 'r1', amount: AMOUNT, status: 'DONE' }))],
      [payment, next(payment, { status: 'declined', code: 'card_declined' })],
    ].flatMap(([before, after]) => eventsOf(before, after));

    expect(seen.map(({ type }) => type)).toEqual([
      'PaymentAuthorized',
      'PaymentCaptured',
      'PaymentVoided',
      'PaymentRefunded',
      'PaymentFailed',
    ]);
    for (const { type, detail } of seen) expect(PaymentEvents[type].parse(detail)).toEqual(detail);
    expect(JSON.stringify(seen)).not.toContain('pm_ok');
  });

  test('publish nothing for a pending or unchanged payment', () => {
    expect([...eventsOf(undefined, payment), ...eventsOf(payment, payment)]).toEqual([]);
  });
});

test('a free order is authorized, captured and reversed without a provider', async () => {
  const ports = createPaymentPorts();
  const provider = withFaults(ports.provider, Array(10).fill('crash before'));
  const free = { ...COMMAND, total: { amount: 0, currency: 'EUR' } };

  const answers = [
    await authorizePayment({ ...ports, provider }, free, NOON),
    await capturePayment({ ...ports, provider }, REF, NOON),
    await capturePayment({ ...ports, provider }, REF, NOON),
    await reversePayment({ ...ports, provider }, REF, NOON),
    await reversePayment({ ...ports, provider }, REF, NOON),
  ];

  const [taken, back] = [
    { ok: true, value: { status: 'CAPTURED', capturedAmount: 0 } },
    { ok: true, value: { status: 'VOIDED' } },
  ];
  expect(answers).toEqual([
    { ok: true, value: { status: 'AUTHORIZED' } },
    taken,
    taken,
    back,
    back,
  ]);
});
