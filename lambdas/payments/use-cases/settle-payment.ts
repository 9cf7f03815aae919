import { RetryLater } from '../../shared/core/faults.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { attemptOf, isOfAnother } from '../domain/payment.ts';
import { answered, type Ports, record } from './settle.ts';

/**
 * Handles the provider's message about an attempt. The message is only a hint: the provider's record is
 * looked up and written down, so that a message that arrives late, twice or out of order does no harm.
 * Returns false for an attempt of another system. Throws RetryLater when the provider did not answer:
 * the message must be sent again, because nothing else would tell us.
 */
export async function settlePayment(
  { payments, provider }: Ports,
  key: string,
  now: Instant,
): Promise<boolean> {
  const attempt = attemptOf(key);
  const payment = attempt && (await payments.get(attempt));
  if (payment === undefined || isOfAnother(payment, provider.name)) return false;
  const found = await answered(() => provider.lookup(key));
  if (found === undefined) throw new RetryLater(`the provider did not return its record of ${key}`);
  await record(payments, payment, found, now);
  return true;
}
