import type { PaymentRef } from '../../contracts/payment-commands.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { accepted, type Result, refused } from '../../shared/core/result.ts';
import {
  isFree,
  isOfAnother,
  keyOf,
  OTHER_PROVIDER_CODE,
  withoutProvider,
} from '../domain/payment.ts';
import { change, type OutcomeRefusal, outcomeOf, type Ports, record } from './settle.ts';

export type CaptureRefusal =
  | OutcomeRefusal
  | { readonly kind: 'captureFailed'; readonly code: string };
export type Captured = { readonly status: 'CAPTURED'; readonly capturedAmount: number };

/** Captures the whole authorized amount, once. A free order is captured without a provider. */
export async function capturePayment(
  { payments, provider }: Ports,
  ref: PaymentRef,
  now: Instant,
): Promise<Result<Captured, CaptureRefusal>> {
  const payment = await payments.get(ref);
  if (payment === undefined) return refused({ kind: 'captureFailed', code: 'not_authorized' });
  if (payment.status === 'CAPTURED')
    return accepted({ status: 'CAPTURED', capturedAmount: payment.capturedAmount });
  if (payment.status !== 'AUTHORIZED')
    return refused({ kind: 'captureFailed', code: payment.status.toLowerCase() });

  if (isFree(payment)) {
    await change(payments, payment, (before) =>
      before.status === 'AUTHORIZED' ? withoutProvider(before, 'CAPTURED', now) : before,
    );
    return capturePayment({ payments, provider }, ref, now);
  }

  if (isOfAnother(payment, provider.name))
    return refused({ kind: 'captureFailed', code: OTHER_PROVIDER_CODE });
  const key = keyOf(payment);
  const found = await outcomeOf(
    () => provider.capture(key),
    () => provider.lookup(key),
  );
  // Still authorized: the capture whose response was lost may yet be done.
  if (found === undefined || found.status === 'authorized')
    return refused({ kind: 'outcomeUnknown' });
  if (found.status === 'failed') return refused({ kind: 'captureFailed', code: found.code });
  const { status, capturedAmount } = await record(payments, payment, found, now);
  if (status === 'CAPTURED') return accepted({ status, capturedAmount });
  return refused({ kind: 'captureFailed', code: status.toLowerCase() });
}
