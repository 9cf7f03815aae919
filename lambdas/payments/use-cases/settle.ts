import { RetryLater } from '../../shared/faults.ts';
import type { Instant } from '../../shared/instant.ts';
import { type Payment, type ProviderRecord, settled } from '../domain/payment.ts';
import { OutcomeUnknown, type PaymentProvider, type PaymentStore } from './ports.ts';

export type Ports = { readonly payments: PaymentStore; readonly provider: PaymentProvider };
export type OutcomeRefusal = { readonly kind: 'outcomeUnknown' };

/** Two functions seldom work on one attempt; whoever is second reads again. */
const TRIES_MAX = 5;

/** Writes down what the provider has on record. */
export async function record(
  payments: PaymentStore,
  payment: Payment,
  found: ProviderRecord,
  now: Instant,
): Promise<Payment> {
  let current = payment;
  for (let tried = 0; tried < TRIES_MAX; tried += 1) {
    const after = settled(current, found, now);
    if (after === current || (await payments.save(after))) return after;
    current = (await payments.get(current)) ?? current;
  }
  throw new RetryLater(`payment ${payment.orderId}-${payment.attempt} stayed busy`);
}

/** What the call answers; when its answer is lost, what the record says; undefined when that cannot be had either. */
export async function outcomeOf<Answer>(
  call: () => Promise<Answer>,
  lookup: () => Promise<ProviderRecord>,
): Promise<Answer | ProviderRecord | undefined> {
  return (await answered(call)) ?? (await answered(lookup));
}

export async function answered<Answer>(call: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call();
  } catch (fault) {
    if (fault instanceof OutcomeUnknown) return undefined;
    throw fault;
  }
}
