import type { Instant } from '../../shared/instant.ts';
import { attemptOf } from '../domain/payment.ts';
import { answered, type Ports, record } from './settle.ts';

/**
 * The provider tells that something has become of an attempt. It is not believed: the provider's record is asked for, and written down, so
 * that a message that comes late, twice or in another order does no harm. True when the attempt is one of ours.
 */
export async function settlePayment(
  { payments, provider }: Ports,
  key: string,
  now: Instant,
): Promise<boolean> {
  const attempt = attemptOf(key);
  const payment = attempt && (await payments.get(attempt));
  if (payment === undefined) return false;
  const found = await answered(() => provider.lookup(key));
  if (found !== undefined && found.status !== 'unknown') await record(payments, payment, found, now);
  return true;
}
