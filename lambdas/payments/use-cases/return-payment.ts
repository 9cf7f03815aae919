import type { ReturnedPayment, ReturnPaymentCommand } from '../../contracts/payment-commands.ts';
import type { Instant } from '../../shared/instant.ts';
import { accepted, type Result, refused } from '../../shared/result.ts';
import { keyOf, newPayment, type Payment, type ProviderRecord } from '../domain/payment.ts';
import type { Failed, PaymentProvider } from './ports.ts';
import { answered, type OutcomeRefusal, type Ports, record } from './settle.ts';

export type ReturnRefusal = OutcomeRefusal | { readonly kind: 'refundFailed'; readonly code: string };
type Answer = Result<ReturnedPayment, ReturnRefusal>;

/** What the provider has on record may change under our hands: a capture that was on its way. */
const LOOKS_MAX = 3;

/**
 * Gives back whatever was taken: voids what is set aside, refunds what was captured. Never blind: the provider's own record
 * says what there is. Where it has none, its key is made unable to authorise, for a late request may still be on its way.
 */
export async function returnPayment(
  { payments, provider }: Ports,
  command: ReturnPaymentCommand,
  now: Instant,
): Promise<Answer> {
  if (command.attempt === 0) return accepted({ status: 'NONE' });
  const payment = (await payments.get(command)) ?? (await tombstone({ payments, provider }, command, now));
  const known = returnedOf(payment);
  if (known !== undefined) return accepted({ status: known });

  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const found = await answered(() => provider.lookup(keyOf(payment)));
    if (found === undefined) return refused({ kind: 'outcomeUnknown' });
    const after = await record(payments, payment, found, now);
    const status = returnedOf(after);
    if (status !== undefined) return accepted({ status });

    const undone = await answered(() => undo(provider, keyOf(payment), found));
    if (undone?.status === 'failed') return refused({ kind: 'refundFailed', code: undone.code });
    if (undone !== undefined) {
      const returned = returnedOf(await record(payments, after, undone, now));
      if (returned !== undefined) return accepted({ status: returned });
    }
  }
  return refused({ kind: 'outcomeUnknown' });
}

const undo = (
  provider: PaymentProvider,
  key: string,
  found: ProviderRecord,
): Promise<ProviderRecord | Failed> =>
  found.status === 'captured' ? provider.refund(key) : provider.void(key);

function returnedOf({ status }: Payment): ReturnedPayment['status'] | undefined {
  return status === 'VOIDED' || status === 'REFUNDED' || status === 'FAILED' ? status : undefined;
}

/** An attempt that has no record was never asked for, and now never will be. */
async function tombstone({ payments }: Ports, command: ReturnPaymentCommand, now: Instant): Promise<Payment> {
  const { orderId, attempt, correlationId } = command;
  const nothing = { amount: 0, currency: '' };
  const voided = newPayment({ orderId, attempt, correlationId, ...nothing }, now, 'VOIDED');
  return (await payments.save(voided)) ? voided : ((await payments.get(command)) ?? voided);
}
