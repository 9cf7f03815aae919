import type { PaymentRef } from '../../contracts/payment-commands.ts';
import type { Instant } from '../../shared/instant.ts';
import { accepted, type Result, refused } from '../../shared/result.ts';
import { keyOf } from '../domain/payment.ts';
import { type OutcomeRefusal, outcomeOf, type Ports, record } from './settle.ts';

export type CaptureRefusal = OutcomeRefusal | { readonly kind: 'captureFailed'; readonly code: string };
export type Captured = { readonly status: 'CAPTURED'; readonly capturedAmount: number };

/** Takes the money that was set aside, all of it, once. */
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

  const key = keyOf(payment);
  const found = await outcomeOf(
    () => provider.capture(key),
    () => provider.lookup(key),
  );
  // Still authorised: the capture whose answer was lost may yet be done.
  if (found === undefined || found.status === 'authorized') return refused({ kind: 'outcomeUnknown' });
  if (found.status === 'failed') return refused({ kind: 'captureFailed', code: found.code });
  const { status, capturedAmount } = await record(payments, payment, found, now);
  if (status === 'CAPTURED') return accepted({ status, capturedAmount });
  return refused({ kind: 'captureFailed', code: status.toLowerCase() });
}
