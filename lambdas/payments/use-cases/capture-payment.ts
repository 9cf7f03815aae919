import type { PaymentRef } from '../../contracts/payment-commands.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { err, ok, type Result } from '../../shared/core/result.ts';
import {
  attemptKeyOf,
  isFree,
  isOfOtherProvider,
  OTHER_PROVIDER_CODE,
  withFreePaymentStatus,
} from '../domain/payment.ts';
import {
  changePayment,
  type PaymentPorts,
  resultOrLookup,
  saveProviderRecord,
  type UnknownOutcome,
} from './change-payment.ts';

export type CaptureError =
  | UnknownOutcome
  | { readonly kind: 'captureFailed'; readonly code: string };
export type CaptureResult = { readonly status: 'CAPTURED'; readonly capturedAmount: number };

/** Captures the whole authorized amount, once. A free order is captured without a provider. */
export async function capturePayment(
  { payments, provider }: PaymentPorts,
  ref: PaymentRef,
  now: Instant,
): Promise<Result<CaptureResult, CaptureError>> {
  const payment = await payments.get(ref);
  if (payment === undefined) return err({ kind: 'captureFailed', code: 'not_authorized' });
  if (payment.status === 'CAPTURED')
    return ok({ status: 'CAPTURED', capturedAmount: payment.capturedAmount });
  if (payment.status !== 'AUTHORIZED')
    return err({ kind: 'captureFailed', code: payment.status.toLowerCase() });

  if (isFree(payment)) {
    await changePayment(payments, payment, (before) =>
      before.status === 'AUTHORIZED' ? withFreePaymentStatus(before, 'CAPTURED', now) : before,
    );
    return capturePayment({ payments, provider }, ref, now);
  }

  if (isOfOtherProvider(payment, provider.name))
    return err({ kind: 'captureFailed', code: OTHER_PROVIDER_CODE });
  const key = attemptKeyOf(payment);
  const found = await resultOrLookup(
    () => provider.capture(key),
    () => provider.lookup(key),
  );
  // Still authorized: the capture whose response was lost may still take effect.
  if (found === undefined || found.status === 'authorized') return err({ kind: 'outcomeUnknown' });
  if (found.status === 'failed') return err({ kind: 'captureFailed', code: found.code });
  const { status, capturedAmount } = await saveProviderRecord(payments, payment, found, now);
  if (status === 'CAPTURED') return ok({ status, capturedAmount });
  return err({ kind: 'captureFailed', code: status.toLowerCase() });
}
