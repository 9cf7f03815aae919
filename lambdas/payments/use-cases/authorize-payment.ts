import type { AuthorizePaymentCommand } from '../../contracts/payment-commands.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { accepted, type Result, refused } from '../../shared/core/result.ts';
import {
  isFree,
  isOfAnother,
  keyOf,
  newPayment,
  type Payment,
  VOIDED_CODE,
} from '../domain/payment.ts';
import { answered, type OutcomeRefusal, outcomeOf, type Ports, record } from './settle.ts';

export type AuthorizeRefusal =
  | OutcomeRefusal
  | { readonly kind: 'declined'; readonly code: string }
  /** Without what is required: a refusal is logged and stays in the saga's history, and no client secret may be there. */
  | { readonly kind: 'requiresAction' };

/**
 * Asks the provider to authorize the payment. The payment is PENDING on our record before, so that after
 * a crash the next try knows that there may be something to look up. A free order needs no provider.
 */
export async function authorizePayment(
  { payments, provider }: Ports,
  { orderId, attempt, total, paymentMethod, correlationId }: AuthorizePaymentCommand,
  now: Instant,
): Promise<Result<{ status: 'AUTHORIZED' }, AuthorizeRefusal>> {
  const asked = { orderId, attempt, ...total, correlationId };
  const pending = isFree(asked)
    ? newPayment(asked, now, 'AUTHORIZED')
    : newPayment({ ...asked, provider: provider.name }, now);
  const isFirst = await payments.save(pending);
  const payment = isFirst ? pending : ((await payments.get(pending)) ?? pending);
  if (payment.status !== 'PENDING' && payment.status !== 'REQUIRES_ACTION')
    return answerOf(payment);

  if (isOfAnother(payment, provider.name)) return refused({ kind: 'outcomeUnknown' });
  const key = keyOf(payment);
  const lookup = () => provider.lookup(key);
  // An earlier try may have been done and only its response lost; or the customer has done what was required.
  const earlier = isFirst ? undefined : await answered(lookup);
  const found =
    earlier === undefined || earlier.status === 'unknown'
      ? await outcomeOf(() => provider.authorize(key, { ...total, paymentMethod }), lookup)
      : earlier;
  if (found === undefined || found.status === 'unknown') return refused({ kind: 'outcomeUnknown' });
  return answerOf(await record(payments, payment, found, now));
}

function answerOf(payment: Payment): Result<{ status: 'AUTHORIZED' }, AuthorizeRefusal> {
  switch (payment.status) {
    case 'PENDING':
      return refused({ kind: 'outcomeUnknown' });
    case 'REQUIRES_ACTION':
      return refused({ kind: 'requiresAction' });
    case 'AUTHORIZED':
    case 'CAPTURED':
      return accepted({ status: 'AUTHORIZED' });
    case 'FAILED':
      return refused({ kind: 'declined', code: payment.failureCode ?? 'declined' });
    case 'VOIDED':
    case 'REFUNDED':
      return refused({ kind: 'declined', code: VOIDED_CODE });
  }
}
