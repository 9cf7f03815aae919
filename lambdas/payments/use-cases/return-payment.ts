import type { ReturnedPayment, ReturnPaymentCommand } from '../../contracts/payment-commands.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { accepted, type Result, refused } from '../../shared/core/result.ts';
import {
  isFree,
  isOfAnother,
  keyOf,
  newPayment,
  nextRefund,
  OTHER_PROVIDER_CODE,
  type Payment,
  type ProviderRecord,
  returnedAs,
  withoutProvider,
} from '../domain/payment.ts';
import type { Failed, PaymentProvider } from './ports.ts';
import { answered, change, type OutcomeRefusal, type Ports, record } from './settle.ts';

export type ReturnRefusal =
  | OutcomeRefusal
  | { readonly kind: 'refundFailed'; readonly code: string };
type Answer = Result<ReturnedPayment, ReturnRefusal>;

/** The provider's record may change between two calls: a capture that was on its way arrives. */
const LOOKS_MAX = 3;

/**
 * Gives back whatever was taken: voids what is authorized, refunds what was captured. The provider's own
 * record says what there is, and is looked up before each try. Where the provider has none, the key is
 * made unable to authorize, because a late request may still be on its way.
 */
export async function returnPayment(
  { payments, provider }: Ports,
  command: ReturnPaymentCommand,
  now: Instant,
): Promise<Answer> {
  if (command.attempt === 0) return accepted({ status: 'NONE' });
  const payment =
    (await payments.get(command)) ?? (await tombstone({ payments, provider }, command, now));
  const known = returnedAs(payment);
  if (known !== undefined && known !== 'REFUND_PENDING') return accepted({ status: known });
  if (isFree(payment)) {
    await change(payments, payment, (before) => withoutProvider(before, 'VOIDED', now));
    return accepted({ status: 'VOIDED' });
  }

  if (isOfAnother(payment, provider.name))
    return refused({ kind: 'refundFailed', code: OTHER_PROVIDER_CODE });

  for (let look = 0; look < LOOKS_MAX; look += 1) {
    const found = await answered(() => provider.lookup(keyOf(payment)));
    if (found === undefined) return refused({ kind: 'outcomeUnknown' });
    const after = await record(payments, payment, found, now);
    const status = returnedAs(after);
    if (status !== undefined) return accepted({ status });

    const undone = await answered(() => undo(provider, after, found));
    if (undone?.status === 'failed') return refused({ kind: 'refundFailed', code: undone.code });
    if (undone !== undefined) {
      const outcome = await record(payments, after, undone, now);
      const returned = returnedAs(outcome);
      if (returned !== undefined) return accepted({ status: returned });
      const failed = newFailureIn(after, outcome);
      if (failed !== undefined) return refused({ kind: 'refundFailed', code: failed });
    }
  }
  return refused({ kind: 'outcomeUnknown' });
}

const undo = (
  provider: PaymentProvider,
  payment: Payment,
  found: ProviderRecord,
): Promise<ProviderRecord | Failed> =>
  found.status === 'captured'
    ? provider.refund(keyOf(payment), nextRefund(payment))
    : provider.void(keyOf(payment));

/** The code of a refund that was accepted and failed at once; the next try requests another one. */
function newFailureIn(before: Payment, after: Payment): string | undefined {
  const failedBefore = new Set(failedIn(before).map(({ refundId }) => refundId));
  const failed = failedIn(after).find(({ refundId }) => !failedBefore.has(refundId));
  return failed && (failed.failureCode ?? 'refund_failed');
}
const failedIn = ({ refunds = [] }: Payment) => refunds.filter(({ status }) => status === 'FAILED');

/** Writes down that an attempt without a record was never requested, and cannot be any more. */
async function tombstone(
  { payments }: Ports,
  command: ReturnPaymentCommand,
  now: Instant,
): Promise<Payment> {
  const { orderId, attempt, correlationId } = command;
  const nothing = { amount: 0, currency: '' };
  const voided = newPayment({ orderId, attempt, correlationId, ...nothing }, now, 'VOIDED');
  return (await payments.save(voided)) ? voided : ((await payments.get(command)) ?? voided);
}
