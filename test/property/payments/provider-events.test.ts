import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newPayment, type Payment, settled } from '../../../lambdas/payments/domain/payment.ts';
import { amountOf, type Refund } from '../../../lambdas/payments/domain/refund.ts';
import { auditPayments } from '../../../lambdas/payments/use-cases/audit-payments.ts';
import { authorizePayment } from '../../../lambdas/payments/use-cases/authorize-payment.ts';
import { capturePayment } from '../../../lambdas/payments/use-cases/capture-payment.ts';
import type { PaymentProvider } from '../../../lambdas/payments/use-cases/ports.ts';
import { returnPayment } from '../../../lambdas/payments/use-cases/return-payment.ts';
import { settlePayment } from '../../../lambdas/payments/use-cases/settle-payment.ts';
import { RetryLater } from '../../../lambdas/shared/core/faults.ts';
import { NOON } from '../../support/inventory.ts';
import {
  AMOUNT,
  Crash,
  type Fault,
  faulty,
  MemoryPaymentStore,
  MemoryProvider,
} from '../../support/payments.ts';

const REF = { orderId: 'ord-1', attempt: 1, correlationId: 'corr' };
const COMMAND = { ...REF, total: { amount: AMOUNT, currency: 'EUR' }, paymentMethod: 'pm_ok' };
const KEY = 'ord-1-1';

/** What happens at the provider by itself, or by hand; each only where it can. */
const AT_PROVIDER = {
  authenticate: (bank: MemoryProvider) => {
    if (bank.records.get(KEY)?.status === 'requiresAction')
      bank.records.set(KEY, { status: 'authorized' });
  },
  refundPart: (bank: MemoryProvider) => byHand(bank, 100),
  refundAll: (bank: MemoryProvider) => byHand(bank, AMOUNT),
  finishPending: (bank: MemoryProvider) => change(bank, 'PENDING', 'DONE'),
  failPending: (bank: MemoryProvider) => change(bank, 'PENDING', 'FAILED'),
  failDone: (bank: MemoryProvider) => change(bank, 'DONE', 'FAILED'),
  becomePending: (bank: MemoryProvider) => {
    bank.refundsBecome = 'PENDING';
  },
} as const;
let made = 0;
function byHand(bank: MemoryProvider, most: number): void {
  const record = bank.records.get(KEY);
  if (record?.status !== 'captured') return;
  const amount = Math.min(most, record.amount - amountOf(record.refunds, 'PENDING', 'DONE'));
  made += 1;
  if (amount > 0)
    bank.report(KEY, { refundId: `re_${made}`, amount, status: 'DONE', origin: 'DASHBOARD' });
}
function change(bank: MemoryProvider, from: Refund['status'], to: Refund['status']): void {
  const record = bank.records.get(KEY);
  const refund =
    record?.status === 'captured' && record.refunds.find(({ status }) => status === from);
  if (refund) bank.report(KEY, { ...refund, status: to });
}

const event = fc.constantFrom(...(Object.keys(AT_PROVIDER) as (keyof typeof AT_PROVIDER)[]));
const step = fc.oneof(
  event,
  fc.constantFrom('authorize', 'capture', 'return', 'webhook', 'lateWebhook', 'audit'),
);
const fault = fc.constantFrom<Fault>(
  'none',
  'none',
  'none',
  'crash before',
  'crash after',
  'lost answer',
);

/** A provider whose look-up returns what it had on record when the message was sent. */
const asOf = (provider: MemoryProvider): PaymentProvider => {
  const then = provider.records.get(KEY) ?? { status: 'unknown' as const };
  return new Proxy(provider, {
    get: (target, name) => {
      const found: unknown = Reflect.get(target, name);
      if (name === 'lookup') return async () => then;
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
};

test('whatever the provider reports, in whatever order, the record ends as the provider has it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 3, maxLength: 20 }),
      fc.array(fault, { maxLength: 30 }),
      fc.boolean(),
      async (story, faults, requiresAction) => {
        const [payments, provider] = [new MemoryPaymentStore(), new MemoryProvider()];
        provider.requiresAction = requiresAction;
        const ports = { payments, provider: faulty(provider, [...faults]) };
        // An audit logs a response that is lost; a crash is enough here.
        const crashes = faults.filter((one) => one !== 'lost answer');
        const quiet = { payments, provider: faulty(provider, crashes) };
        const late: PaymentProvider[] = [];
        for (const one of story) {
          late.push(asOf(provider));
          const acts: Readonly<Record<string, () => unknown>> = {
            authorize: () => authorizePayment(ports, COMMAND, NOON),
            capture: () => capturePayment(ports, REF, NOON),
            return: () => returnPayment(ports, REF, NOON),
            webhook: () => settlePayment(ports, KEY, NOON),
            // The look-up of a slow function: it saves after everything that has happened since.
            lateWebhook: () =>
              settlePayment({ payments, provider: late[0] ?? provider }, KEY, NOON),
            audit: () =>
              auditPayments({ ...quiet, walk: payments }, { segment: 0, segments: 1 }, NOON),
          };
          const atProvider = AT_PROVIDER[one as keyof typeof AT_PROVIDER];
          try {
            if (atProvider !== undefined) atProvider(provider);
            else await acts[one]?.();
          } catch (thrown) {
            if (!(thrown instanceof Crash || thrown instanceof RetryLater)) throw thrown;
          }
        }

        await auditPayments(
          { payments, provider, walk: payments },
          { segment: 0, segments: 1 },
          NOON,
        );
        await settlePayment({ payments, provider }, KEY, NOON);

        const payment = await payments.get(REF);
        const held = provider.records.get(KEY);
        expect(provider.authorizations.length).toBeLessThanOrEqual(1);
        if (payment === undefined || held?.status !== 'captured') return;
        const refunded = amountOf(held.refunds, 'DONE');
        expect(payment).toMatchObject({
          status: refunded >= AMOUNT ? 'REFUNDED' : 'CAPTURED',
          capturedAmount: AMOUNT,
          refundedAmount: refunded,
        });
        expect(refunded).toBeLessThanOrEqual(AMOUNT);
      },
    ),
    { numRuns: 3_000 },
  );
});

test('reports about one payment can be applied in any order', () => {
  const refunds = fc.array(
    fc.record({
      refundId: fc.constantFrom('r1', 'r2', 're_1'),
      amount: fc.constant(500),
      status: fc.constantFrom<Refund['status']>('PENDING', 'DONE', 'FAILED'),
    }),
    { maxLength: 3 },
  );
  const report = fc.oneof(
    fc.constant({ status: 'authorized' } as const),
    fc.constant({ status: 'requiresAction', nextAction: { type: 'redirect' } } as const),
    refunds.map((of) => ({ status: 'captured' as const, amount: AMOUNT, refunds: of })),
  );
  const essence = ({ status, capturedAmount, refundedAmount, refunds: of = [] }: Payment) => ({
    status,
    capturedAmount,
    refundedAmount,
    refunds: of.toSorted((a, b) => a.refundId.localeCompare(b.refundId)),
  });
  fc.assert(
    fc.property(
      fc
        .array(report, { maxLength: 6 })
        .chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
        ),
      ([all, shuffled]) => {
        const start = newPayment({ ...REF, amount: AMOUNT, currency: 'EUR' }, NOON);
        const applied = (reports: typeof all) =>
          essence(reports.reduce<Payment>((payment, one) => settled(payment, one, NOON), start));

        expect(applied(shuffled)).toEqual(applied(all));
      },
    ),
    { numRuns: 2_000 },
  );
});
