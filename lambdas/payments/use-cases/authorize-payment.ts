import type { AuthorizePaymentCommand } from '../../contracts/payment-commands.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { err, ok, type Result } from '../../shared/core/result.ts';
import {
  attemptKeyOf,
  createPayment,
  isFree,
  isOfOtherProvider,
  type Payment,
  VOIDED_CODE,
} from '../domain/payment.ts';
import {
  type PaymentPorts,
  resultIfKnown,
  resultOrLookup,
  saveProviderRecord,
  type UnknownOutcome,
} from './change-payment.ts';

export type AuthorizeError =
  | UnknownOutcome
  | { readonly kind: 'declined'; readonly code: string }
  /**
   * Carries no action: errors are logged and stay in the saga's history, which must not contain a
   * client secret.
   */
  | { readonly kind: 'requiresAction' };

/**
 * Authorizes the payment at the provider. Writes PENDING first, so that an attempt after a crash
 * looks the payment up. A free order needs no provider.
 */
export async function authorizePayment(
  { payments, provider }: PaymentPorts,
  { orderId, attempt, total, paymentMethod, correlationId }: AuthorizePaymentCommand,
  now: Instant,
): Promise<Result<{ status: 'AUTHORIZED' }, AuthorizeError>> {
  const details = { orderId, attempt, ...total, correlationId };
  const pending = isFree(details)
    ? createPayment(details, now, 'AUTHORIZED')
    : createPayment({ ...details, provider: provider.name }, now);
  const isFirst = await payments.save(pending);
  const payment = isFirst ? pending : ((await payments.get(pending)) ?? pending);
  if (payment.status !== 'PENDING' && payment.status !== 'REQUIRES_ACTION')
    return resultOf(payment);

  if (isOfOtherProvider(payment, provider.name)) return err({ kind: 'outcomeUnknown' });
  const key = attemptKeyOf(payment);
  const lookup = () => provider.lookup(key);
  // An earlier attempt may have succeeded with its response lost, or the customer may have
  // completed the action.
  const earlierRecord = isFirst ? undefined : await resultIfKnown(lookup);
  const found =
    earlierRecord === undefined || earlierRecord.status === 'unknown'
      ? await resultOrLookup(() => provider.authorize(key, { ...total, paymentMethod }), lookup)
      : earlierRecord;
  if (found === undefined || found.status === 'unknown') return err({ kind: 'outcomeUnknown' });
  return resultOf(await saveProviderRecord(payments, payment, found, now));
}

function resultOf(payment: Payment): Result<{ status: 'AUTHORIZED' }, AuthorizeError> {
  switch (payment.status) {
    case 'PENDING':
      return err({ kind: 'outcomeUnknown' });
    case 'REQUIRES_ACTION':
      return err({ kind: 'requiresAction' });
    case 'AUTHORIZED':
    case 'CAPTURED':
      return ok({ status: 'AUTHORIZED' });
    case 'FAILED':
      return err({ kind: 'declined', code: payment.failureCode ?? 'declined' });
    case 'VOIDED':
    case 'REFUNDED':
      return err({ kind: 'declined', code: VOIDED_CODE });
  }
}
