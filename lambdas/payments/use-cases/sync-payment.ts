import { RetryLaterError } from '../../shared/core/errors.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { isOfOtherProvider, parseAttemptKey } from '../domain/payment.ts';
import { type PaymentPorts, resultIfKnown, saveProviderRecord } from './change-payment.ts';

/**
 * Handles the provider's message about an attempt. The message is only a hint: the provider's
 * record is looked up and stored, so late, duplicate and reordered messages are harmless. Returns
 * false for an attempt of another system. Throws RetryLaterError when the provider does not
 * respond, so that it sends the message again.
 */
export async function syncPayment(
  { payments, provider }: PaymentPorts,
  key: string,
  now: Instant,
): Promise<boolean> {
  const attempt = parseAttemptKey(key);
  const payment = attempt && (await payments.get(attempt));
  if (payment === undefined || isOfOtherProvider(payment, provider.name)) return false;
  const found = await resultIfKnown(() => provider.lookup(key));
  if (found === undefined)
    throw new RetryLaterError(`the provider did not return its record of ${key}`);
  await saveProviderRecord(payments, payment, found, now);
  return true;
}
