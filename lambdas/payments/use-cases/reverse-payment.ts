import type { ReversalResult, ReversePaymentCommand } from '../../contracts/payment-commands.ts';
import type { Instant } from '../../shared/core/instant.ts';
import { err, ok, type Result } from '../../shared/core/result.ts';
import {
  attemptKeyOf,
  createPayment,
  isFree,
  isOfOtherProvider,
  nextRefundOf,
  OTHER_PROVIDER_CODE,
  type Payment,
  type ProviderRecord,
  reversalStatusOf,
  withFreePaymentStatus,
} from '../domain/payment.ts';
import {
  changePayment,
  type PaymentPorts,
  resultIfKnown,
  saveProviderRecord,
  type UnknownOutcome,
} from './change-payment.ts';
import type { PaymentProvider, ProviderFailure } from './ports.ts';

export type ReverseError =
  | UnknownOutcome
  | { readonly kind: 'refundFailed'; readonly code: string };
type ReverseResult = Result<ReversalResult, ReverseError>;

/**
 * Maximum lookups per command. The provider's record may change between two calls, when a late
 * capture arrives.
 */
const LOOKUPS_MAX = 3;

/**
 * Reverses a payment: voids an authorization, refunds a capture. Looks the provider's record up
 * before each attempt. Where the provider has none, voids the key, because a late request may still
 * arrive.
 */
export async function reversePayment(
  { payments, provider }: PaymentPorts,
  command: ReversePaymentCommand,
  now: Instant,
): Promise<ReverseResult> {
  if (command.attempt === 0) return ok({ status: 'NONE' });
  const payment =
    (await payments.get(command)) ?? (await createTombstone({ payments, provider }, command, now));
  const reversed = reversalStatusOf(payment);
  if (reversed !== undefined && reversed !== 'REFUND_PENDING') return ok({ status: reversed });
  if (isFree(payment)) {
    await changePayment(payments, payment, (before) =>
      withFreePaymentStatus(before, 'VOIDED', now),
    );
    return ok({ status: 'VOIDED' });
  }

  if (isOfOtherProvider(payment, provider.name))
    return err({ kind: 'refundFailed', code: OTHER_PROVIDER_CODE });

  for (let lookups = 0; lookups < LOOKUPS_MAX; lookups += 1) {
    const found = await resultIfKnown(() => provider.lookup(attemptKeyOf(payment)));
    if (found === undefined) return err({ kind: 'outcomeUnknown' });
    const after = await saveProviderRecord(payments, payment, found, now);
    const status = reversalStatusOf(after);
    if (status !== undefined) return ok({ status });

    const reversal = await resultIfKnown(() => refundOrVoid(provider, after, found));
    if (reversal?.status === 'failed') return err({ kind: 'refundFailed', code: reversal.code });
    if (reversal !== undefined) {
      const outcome = await saveProviderRecord(payments, after, reversal, now);
      const reversedStatus = reversalStatusOf(outcome);
      if (reversedStatus !== undefined) return ok({ status: reversedStatus });
      const failed = newRefundFailureOf(after, outcome);
      if (failed !== undefined) return err({ kind: 'refundFailed', code: failed });
    }
  }
  return err({ kind: 'outcomeUnknown' });
}

const refundOrVoid = (
  provider: PaymentProvider,
  payment: Payment,
  found: ProviderRecord,
): Promise<ProviderRecord | ProviderFailure> =>
  found.status === 'captured'
    ? provider.refund(attemptKeyOf(payment), nextRefundOf(payment))
    : provider.void(attemptKeyOf(payment));

/**
 * Returns the code of a refund that was accepted and failed at once. The next attempt requests
 * another one.
 */
function newRefundFailureOf(before: Payment, after: Payment): string | undefined {
  const failedBefore = new Set(failedRefundsOf(before).map(({ refundId }) => refundId));
  const failed = failedRefundsOf(after).find(({ refundId }) => !failedBefore.has(refundId));
  return failed && (failed.failureCode ?? 'refund_failed');
}
const failedRefundsOf = ({ refunds = [] }: Payment) =>
  refunds.filter(({ status }) => status === 'FAILED');

/** Records that an attempt was never requested and can no longer be. */
async function createTombstone(
  { payments }: PaymentPorts,
  command: ReversePaymentCommand,
  now: Instant,
): Promise<Payment> {
  const { orderId, attempt, correlationId } = command;
  const nothing = { amount: 0, currency: '' };
  const voided = createPayment({ orderId, attempt, correlationId, ...nothing }, now, 'VOIDED');
  return (await payments.save(voided)) ? voided : ((await payments.get(command)) ?? voided);
}
