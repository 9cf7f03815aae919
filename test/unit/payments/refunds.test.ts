import { describe, expect, test } from 'vitest';
import { PaymentEvents } from '../../../lambdas/contracts/events.ts';
import { eventsOf } from '../../../lambdas/payments/domain/events.ts';
import {
  applyProviderRecord,
  createPayment,
  type Payment,
  type ProviderRecord,
} from '../../../lambdas/payments/domain/payment.ts';
import { mergeRefunds, REFUNDS_MAX, type Refund } from '../../../lambdas/payments/domain/refund.ts';
import { auditPayments } from '../../../lambdas/payments/use-cases/audit-payments.ts';
import { authorizePayment } from '../../../lambdas/payments/use-cases/authorize-payment.ts';
import { capturePayment } from '../../../lambdas/payments/use-cases/capture-payment.ts';
import { getRequiredAction } from '../../../lambdas/payments/use-cases/get-required-action.ts';
import { reversePayment } from '../../../lambdas/payments/use-cases/reverse-payment.ts';
import { syncPayment } from '../../../lambdas/payments/use-cases/sync-payment.ts';
import { RetryLaterError } from '../../../lambdas/shared/core/errors.ts';
import { NOON } from '../../support/inventory.ts';
import { AMOUNT, MemoryPaymentStore, MemoryProvider, withFaults } from '../../support/payments.ts';

const REF = { orderId: 'ord-1', attempt: 1, correlationId: 'corr' };
const KEY = 'ord-1-1';
const COMMAND = { ...REF, total: { amount: AMOUNT, currency: 'EUR' }, paymentMethod: 'pm_ok' };
const SCAN = { segment: 0, segments: 1 };
const HOUR = 3_600_000;
const createPorts = () => ({ payments: new MemoryPaymentStore(), provider: new MemoryProvider() });
const createCaptured = async () => {
  const ports = createPorts();
  await authorizePayment(ports, COMMAND, NOON);
  await capturePayment(ports, REF, NOON);
  return ports;
};
const aRefund = (overrides: Partial<Refund> = {}): Refund => ({
  refundId: 'r1',
  amount: AMOUNT,
  status: 'DONE',
  ...overrides,
});
const capturedRecord = (...refunds: readonly Refund[]): ProviderRecord => ({
  status: 'captured',
  amount: AMOUNT,
  refunds,
});
const storedPaymentOf = async ({ payments }: ReturnType<typeof createPorts>) => {
  const payment = await payments.get(REF);
  if (payment === undefined) throw new Error('there is no payment');
  return payment;
};

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

  test('when the save is refused because a refund was recorded meanwhile', async () => {
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

  test('but is captured again when a refund that was done fails', () => {
    const failed = aRefund({ status: 'FAILED', failureCode: 'expired' });

    expect(at(capturedRecord(aRefund()), capturedRecord(failed))).toMatchObject({
      status: 'CAPTURED',
      refundedAmount: 0,
      refunds: [failed],
    });
  });
});

describe("the provider's message", () => {
  test('is not processed when the provider does not answer: it must be sent again', async () => {
    const ports = await createCaptured();
    const provider = withFaults(ports.provider, ['lost request']);

    await expect(syncPayment({ ...ports, provider }, KEY, NOON)).rejects.toThrow(RetryLaterError);
  });

  test('is about another system when there is no such payment', async () => {
    expect(await syncPayment(createPorts(), 'ord-2-1', NOON)).toBe(false);
  });

  test('about a partial refund leaves the payment captured, with the refund on record', async () => {
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
  test('that is pending is accepted, and the payment stays captured until it is done', async () => {
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

  test('that fails days later is made again under a new id', async () => {
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

  test('that fails at once is a refusal with its code', async () => {
    const ports = await createCaptured();
    ports.provider.newRefundStatus = 'FAILED';

    const result = await reversePayment(ports, REF, NOON);

    expect(result).toEqual({ ok: false, error: { kind: 'refundFailed', code: 'refund_failed' } });
  });

  test('is of what the dashboard left', async () => {
    const ports = await createCaptured();
    ports.provider.setRefund(KEY, aRefund({ refundId: 're_1', amount: 300, origin: 'DASHBOARD' }));

    const result = await reversePayment(ports, REF, NOON);

    expect(result).toEqual({ ok: true, value: { status: 'REFUNDED' } });
    expect((await storedPaymentOf(ports)).refunds).toContainEqual(
      aRefund({ amount: AMOUNT - 300 }),
    );
  });

  test('is not made for money that a bank has taken in a dispute', async () => {
    const ports = await createCaptured();
    ports.provider.setRefund(
      KEY,
      aRefund({ refundId: 'du_1', status: 'PENDING', origin: 'DISPUTE' }),
    );

    const result = await reversePayment(ports, REF, NOON);

    expect(result).toEqual({ ok: true, value: { status: 'REFUND_PENDING' } });
    expect((await storedPaymentOf(ports)).refunds).toHaveLength(1);
  });

  test(`list keeps ${REFUNDS_MAX}: failed ones make room, the others stay`, () => {
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
      'a refund fails after it was done; the capture is not told again',
      capturedRecord(aRefund()),
      capturedRecord(aRefund({ status: 'FAILED', failureCode: 'expired' })),
      [['PaymentRefundFailed', 'r1', AMOUNT]],
    ],
    [
      'a bank takes the money',
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

  test('an action that the customer did, or failed to do, is told', () => {
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

  test('asks the provider for no payment whose refunds are on record', async () => {
    const ports = await createCaptured();
    await reversePayment(ports, REF, NOON);
    const before = ports.payments.saved.length;
    ports.provider.lookup = () => Promise.reject(new Error('asked'));

    await auditPayments({ ...ports, reader: ports.payments }, SCAN, NOON);

    expect(ports.payments.saved).toHaveLength(before);
  });

  test('voids an action that was not done within an hour, and not before', async () => {
    const ports = createPorts();
    ports.provider.requiresAction = true;
    await authorizePayment(ports, COMMAND, NOON);

    const statuses = [];
    for (const at of [NOON + HOUR, NOON + HOUR + 1]) {
      await auditPayments({ ...ports, reader: ports.payments }, SCAN, at);
      statuses.push((await storedPaymentOf(ports)).status);
    }

    expect(statuses).toEqual(['REQUIRES_ACTION', 'VOIDED']);
  });

  test('returns what is on record when the provider does not answer', async () => {
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

describe('a required action', () => {
  const required = async () => {
    const ports = createPorts();
    ports.provider.requiresAction = true;
    return { ports, answer: await authorizePayment(ports, COMMAND, NOON) };
  };

  test('ends the attempt; what the customer has to do is in the record, and not in the refusal', async () => {
    const { answer, ports } = await required();

    const nextAction = { type: 'redirect', url: 'https://bank.invalid/' };
    expect(answer).toEqual({ ok: false, error: { kind: 'requiresAction' } });
    expect(await storedPaymentOf(ports)).toMatchObject({ status: 'REQUIRES_ACTION', nextAction });
    expect(await getRequiredAction(ports.payments, KEY)).toEqual({
      ok: true,
      value: { nextAction },
    });
  });

  test('that was done is found authorized by the next try', async () => {
    const { ports } = await required();
    ports.provider.records.set(KEY, { status: 'authorized' });

    const answer = await authorizePayment(ports, COMMAND, NOON);

    expect(answer).toEqual({ ok: true, value: { status: 'AUTHORIZED' } });
    expect(await storedPaymentOf(ports)).not.toHaveProperty('nextAction');
    expect(await getRequiredAction(ports.payments, KEY)).toEqual({
      ok: false,
      error: { kind: 'notFound' },
    });
    expect(ports.provider.authorizations).toHaveLength(1);
  });

  test('that was not done is still required, and the payment is returned by a void', async () => {
    const { ports, answer } = await required();

    expect(await authorizePayment(ports, COMMAND, NOON)).toEqual(answer);
    expect(await reversePayment(ports, REF, NOON)).toEqual({
      ok: true,
      value: { status: 'VOIDED' },
    });
  });
});

test('a free order is authorized, captured and returned, and no provider is asked', async () => {
  const ports = createPorts();
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
