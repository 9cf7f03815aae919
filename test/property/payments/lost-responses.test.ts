import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sumRefunds } from '../../../lambdas/payments/domain/refund.ts';
import { authorizePayment } from '../../../lambdas/payments/use-cases/authorize-payment.ts';
import { capturePayment } from '../../../lambdas/payments/use-cases/capture-payment.ts';
import { reversePayment } from '../../../lambdas/payments/use-cases/reverse-payment.ts';
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

const fault = fc.constantFrom<Fault>(
  'none',
  'none',
  'crash before',
  'crash after',
  'lost response',
  'lost request',
);
const storeFault = fc.constantFrom<Fault>('none', 'none', 'none', 'crash before', 'crash after');
const steps = fc.array(fc.constantFrom('authorize', 'capture', 'reverse'), {
  minLength: 1,
  maxLength: 8,
});

test('whatever is lost or dies, an attempt is charged at most once, and giving back leaves nothing kept', async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.array(fault, { maxLength: 20 }),
      fc.array(storeFault, { maxLength: 20 }),
      fc.constantFrom(undefined, 'card_declined'),
      fc.nat({ max: 3 }),
      async (story, providerFaults, storeFaults, declines, refundFailures) => {
        const [payments, provider] = [new MemoryPaymentStore(), new MemoryProvider()];
        provider.declineCode = declines;
        provider.refundFailures = refundFailures;
        const ports = {
          payments: withFaults(payments, [...storeFaults]),
          provider: withFaults(provider, [...providerFaults]),
        };
        const commands = {
          authorize: () => authorizePayment(ports, COMMAND, NOON),
          capture: () => capturePayment(ports, REF, NOON),
          reverse: () => reversePayment(ports, REF, NOON),
        };
        for (const step of story) {
          await commands[step as keyof typeof commands]().catch((thrown: unknown) => {
            if (!(thrown instanceof Crash)) throw thrown;
          });
        }

        let returned = await reversePayment({ payments, provider }, REF, NOON);
        for (let retry = 0; retry < 5 && !returned.ok; retry += 1) {
          returned = await reversePayment({ payments, provider }, REF, NOON);
        }

        expect(returned.ok).toBe(true);
        expect(provider.authorizations.length).toBeLessThanOrEqual(1);
        const held = provider.records.get(KEY);
        expect(['voided', 'captured', 'declined', undefined]).toContain(held?.status);
        if (held?.status === 'captured') expect(sumRefunds(held.refunds, 'DONE')).toBe(held.amount);
        const payment = await payments.get(REF);
        expect(payment?.refundedAmount).toBe(payment?.capturedAmount);
      },
    ),
    { numRuns: 5_000 },
  );
});
