import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  applyProviderRecord,
  createPayment,
  type Payment,
} from '../../../lambdas/payments/domain/payment.ts';
import { type Refund, sumRefunds } from '../../../lambdas/payments/domain/refund.ts';
import { auditPayments } from '../../../lambdas/payments/use-cases/audit-payments.ts';
import { authorizePayment } from '../../../lambdas/payments/use-cases/authorize-payment.ts';
import { capturePayment } from '../../../lambdas/payments/use-cases/capture-payment.ts';
import type { PaymentProvider } from '../../../lambdas/payments/use-cases/ports.ts';
import { reversePayment } from '../../../lambdas/payments/use-cases/reverse-payment.ts';
import { syncPayment } from '../../../lambdas/payments/use-cases/sync-payment.ts';
import { RetryLaterError } from '../../../lambdas/shared/core/errors.ts';
import { NOON } from '../../support/inventory.ts';
import {
  AMOUNT,
  Crash,
  type Fault,
  MemoryPaymentStore,
  MemoryProvider,
  withFaults,
} from '../../support/payments/payments.ts';

const REF = { orderId: 'ord-1', attempt: 1, correlationId: 'corr' };
const COMMAND = { ...REF, total: { amount: AMOUNT, currency: 'EUR' }, paymentMethod: 'pm_ok' };
const KEY = 'ord-1-1';

/** Changes at the provider, by itself or by hand, each only where it applies. */
const PROVIDER_ACTIONS = {
  authenticate: (bank: MemoryProvider) => {
    if (bank.records.get(KEY)?.status === 'requiresAction')
      bank.records.set(KEY, { status: 'authorized' });
  },
  refundPart: (bank: MemoryProvider) => refundByHand(bank, 100),
  refundAll: (bank: MemoryProvider) => refundByHand(bank, AMOUNT),
  finishPending: (bank: MemoryProvider) => changeRefundStatus(bank, 'PENDING', 'DONE'),
  failPending: (bank: MemoryProvider) => changeRefundStatus(bank, 'PENDING', 'FAILED'),
  failDone: (bank: MemoryProvider) => changeRefundStatus(bank, 'DONE', 'FAILED'),
  becomePending: (bank: MemoryProvider) => {
    bank.newRefundStatus = 'PENDING';
  },
} as const;
let refundsMade = 0;
function refundByHand(bank: MemoryProvider, amountMax: number): void {
  const record = bank.records.get(KEY);
  if (record?.status !== 'captured') return;
  const amount = Math.min(amountMax, record.amount - sumRefunds(record.refunds, 'PENDING', 'DONE'));
  refundsMade += 1;
  if (amount > 0)
    bank.setRefund(KEY, {
      refundId: `re_${refundsMade}`,
      amount,
      status: 'DONE',
      origin: 'DASHBOARD',
    });
}
function changeRefundStatus(
  bank: MemoryProvider,
  from: Refund['status'],
  to: Refund['status'],
): void {
  const record = bank.records.get(KEY);
  const refund =
    record?.status === 'captured' && record.refunds.find(({ status }) => status === from);
  if (refund) bank.setRefund(KEY, { ...refund, status: to });
}

const event = fc.constantFrom(
  ...(Object.keys(PROVIDER_ACTIONS) as (keyof typeof PROVIDER_ACTIONS)[]),
);
const step = fc.oneof(
  event,
  fc.constantFrom('authorize', 'capture', 'reverse', 'webhook', 'lateWebhook', 'audit'),
);
const fault = fc.constantFrom<Fault>(
  'none',
  'none',
  'none',
  'crash before',
  'crash after',
  'lost response',
);

/** Returns a provider whose lookup returns the record at the time of the message. */
const snapshotOf = (provider: MemoryProvider): PaymentProvider => {
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
        const ports = { payments, provider: withFaults(provider, [...faults]) };
        // An audit logs a response that is lost; a crash is enough here.
        const crashes = faults.filter((one) => one !== 'lost response');
        const quiet = { payments, provider: withFaults(provider, crashes) };
        const late: PaymentProvider[] = [];
        for (const one of story) {
          late.push(snapshotOf(provider));
          const acts: Readonly<Record<string, () => unknown>> = {
            authorize: () => authorizePayment(ports, COMMAND, NOON),
            capture: () => capturePayment(ports, REF, NOON),
            reverse: () => reversePayment(ports, REF, NOON),
            webhook: () => syncPayment(ports, KEY, NOON),
            // The lookup of a slow function: it saves after everything that has happened since.
            lateWebhook: () => syncPayment({ payments, provider: late[0] ?? provider }, KEY, NOON),
            audit: () =>
              auditPayments({ ...quiet, reader: payments }, { segment: 0, segments: 1 }, NOON),
          };
          const atProvider = PROVIDER_ACTIONS[one as keyof typeof PROVIDER_ACTIONS];
          try {
            if (atProvider !== undefined) atProvider(provider);
            else await acts[one]?.();
          } catch (thrown) {
            if (!(thrown instanceof Crash || thrown instanceof RetryLaterError)) throw thrown;
          }
        }

        await auditPayments(
          { payments, provider, reader: payments },
          { segment: 0, segments: 1 },
          NOON,
        );
        await syncPayment({ payments, provider }, KEY, NOON);

        const payment = await payments.get(REF);
        const held = provider.records.get(KEY);
        expect(provider.authorizations.length).toBeLessThanOrEqual(1);
        if (payment === undefined || held?.status !== 'captured') return;
        const refunded = sumRefunds(held.refunds, 'DONE');
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
        const start = createPayment({ ...REF, amount: AMOUNT, currency: 'EUR' }, NOON);
        const applied = (reports: typeof all) =>
          essence(
            reports.reduce<Payment>(
              (payment, one) => applyProviderRecord(payment, one, NOON),
              start,
            ),
          );

        expect(applied(shuffled)).toEqual(applied(all));
      },
    ),
    { numRuns: 2_000 },
  );
});
