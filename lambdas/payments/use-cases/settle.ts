import { RetryLater } from '../../shared/core/faults.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { type Payment, type ProviderRecord, settled } from '../domain/payment.ts';
import { OutcomeUnknown, type PaymentProvider, type PaymentStore } from './ports.ts';

export type Ports = { readonly payments: PaymentStore; readonly provider: PaymentProvider };
export type OutcomeRefusal = { readonly kind: 'outcomeUnknown' };

/** Two functions seldom work on one attempt; the second one reads the payment again. */
const TRIES_MAX = 5;

/**
 * Writes what the provider has on record into the payment. The payment may have changed since the
 * provider was asked: `settled` lets no earlier report undo a later one.
 */
export const record = (
  payments: PaymentStore,
  payment: Payment,
  found: ProviderRecord,
  now: Instant,
): Promise<Payment> => change(payments, payment, (before) => settled(before, found, now));

/** Saves a change of a payment, decided again where the payment changed meanwhile; returns the payment as it then is. */
export async function change(
  payments: PaymentStore,
  payment: Payment,
  changed: (before: Payment) => Payment,
): Promise<Payment> {
  let current = payment;
  for (let tried = 0; tried < TRIES_MAX; tried += 1) {
    const after = changed(current);
    if (after === current || (await payments.save(after))) return after;
    current = (await payments.get(current)) ?? current;
  }
  throw new RetryLater(`payment ${payment.orderId}-${payment.attempt} stayed busy`);
}

/** Returns the call's result; the provider's record when the result is lost; undefined when neither can be had. */
export async function outcomeOf<Answer>(
  call: () => Promise<Answer>,
  lookup: () => Promise<ProviderRecord>,
): Promise<Answer | ProviderRecord | undefined> {
  return (await answered(call)) ?? (await answered(lookup));
}

/** Returns the call's result, or undefined when its outcome is unknown. */
export async function answered<Answer>(call: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call();
  } catch (fault) {
    if (fault instanceof OutcomeUnknown) return undefined;
    throw fault;
  }
}
