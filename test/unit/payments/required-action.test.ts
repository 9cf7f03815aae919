import { describe, expect, test } from 'vitest';
import { authorizePayment } from '../../../lambdas/payments/use-cases/authorize-payment.ts';
import { getRequiredAction } from '../../../lambdas/payments/use-cases/get-required-action.ts';
import { reversePayment } from '../../../lambdas/payments/use-cases/reverse-payment.ts';
import { NOON } from '../../support/inventory.ts';
import {
  COMMAND,
  createPaymentPorts,
  KEY,
  REF,
  storedPaymentOf,
} from '../../support/payments/payment-ports.ts';

describe('a required action', () => {
  const required = async () => {
    const ports = createPaymentPorts();
    ports.provider.requiresAction = true;
    return { ports, answer: await authorizePayment(ports, COMMAND, NOON) };
  };

  test('ends the attempt and is stored in the payment, not in the error', async () => {
    const { answer, ports } = await required();

    const nextAction = { type: 'redirect', url: 'https://bank.invalid/' };
    expect(answer).toEqual({ ok: false, error: { kind: 'requiresAction' } });
    expect(await storedPaymentOf(ports)).toMatchObject({ status: 'REQUIRES_ACTION', nextAction });
    expect(await getRequiredAction(ports.payments, KEY)).toEqual({
      ok: true,
      value: { nextAction },
    });
  });

  test('that was completed is found authorized by the next attempt', async () => {
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

  test('that was not completed is still required, and a void reverses the payment', async () => {
    const { ports, answer } = await required();

    expect(await authorizePayment(ports, COMMAND, NOON)).toEqual(answer);
    expect(await reversePayment(ports, REF, NOON)).toEqual({
      ok: true,
      value: { status: 'VOIDED' },
    });
  });
});
