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

/** A provider that notes what it is asked, in order. */
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
  test('is PENDING on our record before the provider is asked, AUTHORIZED after', async () => {
    const ports = createPaymentPorts();

    const result = await authorizePayment(ports, COMMAND, NOON);

    expect(result).toEqual({ ok: true, value: { status: 'AUTHORIZED' } });
    expect(ports.payments.saved.map(({ status }) => status)).toEqual(['PENDING', 'AUTHORIZED']);
  });

  test('sent twice is asked for once', async () => {
    const ports = await createAuthorized();

    const again = await authorizePayment(ports, COMMAND, NOON);

    expect(again).toEqual({ ok: true, value: { status: 'AUTHORIZED' } });
    expect(ports.provider.authorizations).toEqual(['ord-1-1']);
  });

  test('begun before and never answered is looked up first, and not asked for again', async () => {
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

  test('declined is a rejection with its code, the same at a repeat', async () => {
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

  test('whose answer is lost is looked up, not asked for again', async () => {
    const ports = createPaymentPorts();

    const result = await authorizePayment(
      { ...ports, provider: withFaults(ports.provider, ['lost response']) },
      COMMAND,
      NOON,
    );

    expect(result).toEqual({ ok: true, value: { status: 'AUTHORIZED' } });
    expect(ports.provider.authorizations).toEqual(['ord-1-1']);
  });

  test('that cannot even be looked up stays PENDING, and its outcome unknown', async () => {
    const ports = createPaymentPorts();
    const provider = withFaults(ports.provider, ['lost response', 'lost request']);

    const result = await authorizePayment({ ...ports, provider }, COMMAND, NOON);

    expect(result).toEqual({ ok: false, error: { kind: 'outcomeUnknown' } });
    expect(await ports.payments.get(REF)).toMatchObject({ status: 'PENDING' });
  });
});

describe('capture', () => {
  test('of what was voided is refused, and the provider is not asked', async () => {
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

  test('takes what was authorised, once', async () => {
    const ports = await createAuthorized();

    const answers = [
      await capturePayment(ports, REF, NOON),
      await capturePayment(ports, REF, NOON),
    ];

    const answer = { ok: true, value: { status: 'CAPTURED', capturedAmount: AMOUNT } };
    expect(answers).toEqual([answer, answer]);
  });

  test.each([
    ['that the bank refuses', createAuthorized, 'capture_failed'],
    ['of what was never authorised', async () => createPaymentPorts(), 'not_authorized'],
  ])('%s fails', async (_name, given, code) => {
    const ports = await given();
    ports.provider.failsCapture = true;

    const result = await capturePayment(ports, REF, NOON);

    expect(result).toEqual({ ok: false, error: { kind: 'captureFailed', code } });
  });

  test('whose answer is lost is looked up', async () => {
    const ports = await createAuthorized();

    const result = await capturePayment(
      { ...ports, provider: withFaults(ports.provider, ['lost response']) },
      REF,
      NOON,
    );

    expect(result).toEqual({ ok: true, value: { status: 'CAPTURED', capturedAmount: AMOUNT } });
  });

  test('that may not have arrived is not taken for done', async () => {
    const ports = await createAuthorized();

    const result = await capturePayment(
      { ...ports, provider: withFaults(ports.provider, ['lost request']) },
      REF,
      NOON,
    );

    expect(result).toEqual({ ok: false, error: { kind: 'outcomeUnknown' } });
  });
});

describe('giving the money back', () => {
  test.each([
    [
      'of an order that was never asked to pay is nothing',
      async () => createPaymentPorts(),
      0,
      'NONE',
    ],
    ['voids what was authorised', createAuthorized, 1, 'VOIDED'],
    ['refunds what was captured', createCaptured, 1, 'REFUNDED'],
  ])('%s, and the same at a repeat', async (_name, given, attempt, status) => {
    const ports = await given();

    const answers = [
      await reversePayment(ports, { ...REF, attempt }, NOON),
      await reversePayment(ports, { ...REF, attempt }, NOON),
    ];

    expect(answers).toEqual(Array(2).fill({ ok: true, value: { status } }));
  });

  test('of what was declined is nothing to do', async () => {
    const ports = createPaymentPorts();
    ports.provider.declineCode = 'card_declined';
    await authorizePayment(ports, COMMAND, NOON);

    expect(await reversePayment(ports, REF, NOON)).toEqual({
      ok: true,
      value: { status: 'FAILED' },
    });
  });

  test('before the authorization leaves a tombstone that refuses it', async () => {
    const ports = createPaymentPorts();

    await reversePayment(ports, REF, NOON);
    const late = await authorizePayment(ports, COMMAND, NOON);

    expect(late).toEqual({ ok: false, error: { kind: 'declined', code: 'voided' } });
    expect(ports.provider.authorizations).toEqual([]);
  });

  test('of an authorization that may still be on its way makes its key unable to authorise', async () => {
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

  test('finds a capture that our record does not know, and refunds it', async () => {
    const ports = await createAuthorized();
    await ports.provider.capture('ord-1-1');

    const returned = await reversePayment(ports, REF, NOON);

    expect(returned).toEqual({ ok: true, value: { status: 'REFUNDED' } });
    expect(await ports.payments.get(REF)).toMatchObject({
      capturedAmount: AMOUNT,
      refundedAmount: AMOUNT,
    });
  });

  test('a refund that fails twice works at the third try', async () => {
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

  test('each new status is one event of the contract, without the payment method', () => {
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

  test('a payment that is only asked for, or did not change, is no event', () => {
    expect([...eventsOf(undefined, payment), ...eventsOf(payment, payment)]).toEqual([]);
  });
});

test('a free order is authorized, captured and returned, and no provider is asked', async () => {
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
