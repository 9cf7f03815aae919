import { RetryLaterError } from '../../shared/core/errors.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { isOfOtherProvider, parseAttemptKey } from '../domain/payment.ts';
import { type PaymentPorts, resultIfKnown, saveProviderRecord } from './change-payment.ts';

/**
 * Handles the provider's message about an attempt. The message is only a hint: the provider's record is
 * looked up and written down, so that a message that arrives late, twice or out of order does no harm.
 * Returns false for an attempt of another system. Throws RetryLater when the provider did not answer:
 * the message must be sent again, because nothing else would tell us.
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
