import type { Instant } from '../../shared/core/instant.ts';
import { retryOptimistic } from '../../shared/core/retry-optimistic.ts';
import {
  applyProviderRecord,
  attemptKeyOf,
  type Payment,
  type ProviderRecord,
} from '../domain/payment.ts';
import { OutcomeUnknownError, type PaymentProvider, type PaymentStore } from './ports.ts';

export type PaymentPorts = { readonly payments: PaymentStore; readonly provider: PaymentProvider };
export type UnknownOutcome = { readonly kind: 'outcomeUnknown' };

/** Maximum attempts to change a payment: two functions seldom work on one attempt. */
const ATTEMPTS_MAX = 5;

/**
 * Applies the provider's record to a payment and saves it. The payment may have changed since the
 * lookup; `applyProviderRecord` ignores an earlier report.
 */
export const saveProviderRecord = (
  payments: PaymentStore,
  payment: Payment,
  found: ProviderRecord,
  now: Instant,
): Promise<Payment> =>
  changePayment(payments, payment, (before) => applyProviderRecord(before, found, now));

/**
 * Saves a change of a payment and returns the payment as stored. Decides again on a fresh read when
 * another function wrote first. Throws RetryLaterError after ATTEMPTS_MAX conflicts.
 */
export const changePayment = (
  payments: PaymentStore,
  payment: Payment,
  decide: (before: Payment) => Payment,
): Promise<Payment> =>
  retryOptimistic(
    { attempts: ATTEMPTS_MAX, what: `payment ${attemptKeyOf(payment)}` },
    async (earlierAttempts) => {
      const before = earlierAttempts === 0 ? payment : ((await payments.get(payment)) ?? payment);
      const after = decide(before);
      return after === before || (await payments.save(after)) ? after : undefined;
    },
  );

/**
 * Returns the call's result, the provider's record when the result is lost, or undefined when
 * neither arrives.
 */
export async function resultOrLookup<T>(
  call: () => Promise<T>,
  lookup: () => Promise<ProviderRecord>,
): Promise<T | ProviderRecord | undefined> {
  return (await resultIfKnown(call)) ?? (await resultIfKnown(lookup));
}

/** Returns the call's result, or undefined when its outcome is unknown. */
export async function resultIfKnown<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof OutcomeUnknownError) return undefined;
    throw error;
  }
}
