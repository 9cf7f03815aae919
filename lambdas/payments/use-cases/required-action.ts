import { accepted, type Result, refused } from '../../shared/core/result.ts';
import { attemptOf, type NextAction } from '../domain/payment.ts';
import type { PaymentStore } from './ports.ts';

/** Returns what the customer has to do for a payment; notFound where nothing is required. */
export async function requiredAction(
  payments: Pick<PaymentStore, 'get'>,
  paymentId: string,
): Promise<Result<{ readonly nextAction: NextAction }, { readonly kind: 'notFound' }>> {
  const attempt = attemptOf(paymentId);
  const payment = attempt && (await payments.get(attempt));
  return payment?.status === 'REQUIRES_ACTION'
    ? accepted({ nextAction: payment.nextAction ?? { type: 'unknown' } })
    : refused({ kind: 'notFound' });
}
