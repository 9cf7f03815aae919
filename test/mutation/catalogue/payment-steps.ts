import { inPayments, type Mutant } from '../mutant.ts';

const authorizePayment = inPayments('use-cases/authorize-payment');
const capturePayment = inPayments('use-cases/capture-payment');
const reversePayment = inPayments('use-cases/reverse-payment');

/** Guards of authorizing, capturing and reversing a payment. */
export const PAYMENT_STEP_MUTANTS: readonly Mutant[] = [
  authorizePayment(
    'an earlier attempt is not looked up',
    '  const earlierRecord = isFirst ? undefined : await resultIfKnown(lookup);',
    '  const earlierRecord = undefined as Awaited<ReturnType<typeof lookup>> | undefined;',
  ),
  authorizePayment(
    'a settled attempt is authorized again',
    "  if (payment.status !== 'PENDING' && payment.status !== 'REQUIRES_ACTION')\n    return resultOf(payment);",
    '',
  ),
  capturePayment(
    'a voided payment can be captured',
    "  if (payment.status !== 'AUTHORIZED')\n    return err({ kind: 'captureFailed', code: payment.status.toLowerCase() });\n",
    '',
  ),
  capturePayment(
    'a capture without a response counts as failed',
    "found.status === 'authorized') return err({ kind: 'outcomeUnknown' });",
    "found.status === 'authorized') return err({ kind: 'captureFailed', code: 'lost' });",
  ),
  reversePayment(
    'an attempt that never started is not closed',
    '  return (await payments.save(voided)) ? voided',
    '  return voided.version > 0 ? voided',
  ),
  reversePayment(
    'a captured payment is voided',
    '    ? provider.refund(attemptKeyOf(payment), nextRefundOf(payment))\n',
    '    ? provider.void(attemptKeyOf(payment))\n',
  ),
  inPayments('adapters/sandbox-provider')(
    'the provider captures a payment without authorization',
    "    if (isAuthorized) await this.#records.transition(key, before.status, 'captured');",
    "    await this.#records.transition(key, before?.status ?? 'authorized', 'captured');",
  ),
];
