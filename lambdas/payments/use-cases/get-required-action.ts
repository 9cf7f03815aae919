import type { NextAction } from '../../contracts/payment-commands.ts';
import { err, ok, type Result } from '../../shared/core/result.ts';
import { parseAttemptKey } from '../domain/payment.ts';
import type { PaymentStore } from './ports.ts';

/** Returns the action that a payment requires of the customer; `notFound` when it requires none. */
export async function getRequiredAction(
  payments: Pick<PaymentStore, 'get'>,
  paymentId: string,
): Promise<Result<{ readonly nextAction: NextAction }, { readonly kind: 'notFound' }>> {
  const attempt = parseAttemptKey(paymentId);
  const payment = attempt && (await payments.get(attempt));
  return payment?.status === 'REQUIRES_ACTION'
    ? ok({ nextAction: payment.nextAction ?? { type: 'unknown' } })
    : err({ kind: 'notFound' });
}
