import type Stripe from 'stripe';
import type { RefundStatus } from '../../contracts/payment-commands.ts';
import { type Instant, MILLISECONDS_PER_SECOND } from '../../shared/core/instant.ts';
import type { Refund } from '../domain/refund.ts';
import { callStripe } from './stripe-calls.ts';

/** Metadata keys of our intents and refunds: the attempt's key and the refund's id. */
export const KEY_METADATA = 'stockbook_key';
export const REFUND_METADATA = 'stockbook_refund';

const PAGE_ITEMS_MAX = 100;
/** Maximum refunds or disputes that one listing reads. */
const LISTED_ITEMS_MAX = 5_000;

/**
 * Returns all refunds of an intent, ours and others', and the amounts that banks took back in
 * disputes.
 */
export async function refundsOf(
  stripe: Stripe,
  { id, latest_charge: charge }: Stripe.PaymentIntent,
): Promise<readonly Refund[]> {
  if (typeof charge !== 'object' || charge === null) return [];
  const list = { payment_intent: id, limit: PAGE_ITEMS_MAX };
  const limit = { limit: LISTED_ITEMS_MAX };
  const refunds =
    charge.refunds?.has_more === false
      ? charge.refunds.data
      : await callStripe(() => stripe.refunds.list(list).autoPagingToArray(limit));
  const disputes = charge.disputed
    ? await callStripe(() => stripe.disputes.list(list).autoPagingToArray(limit))
    : [];
  // Stripe lists the newest first; a payment's record has the oldest first.
  return [...refunds.toReversed().map(toRefund), ...disputes.toReversed().map(toDisputeRefund)];
}

/** Returns the refunds and disputes created at `since` or later, for intents of ours. */
export async function listRefundsSince(
  stripe: Stripe,
  since: Instant,
): Promise<readonly { readonly key: string; readonly refund: Refund }[]> {
  const list = {
    created: { gte: Math.floor(since / MILLISECONDS_PER_SECOND) },
    limit: PAGE_ITEMS_MAX,
    expand: ['data.payment_intent'],
  };
  const limit = { limit: LISTED_ITEMS_MAX };
  const refunds = await callStripe(() => stripe.refunds.list(list).autoPagingToArray(limit));
  const disputes = await callStripe(() => stripe.disputes.list(list).autoPagingToArray(limit));
  return [
    ...refunds.flatMap((refund) => withAttemptKey(refund, toRefund(refund))),
    ...disputes.flatMap((dispute) => withAttemptKey(dispute, toDisputeRefund(dispute))),
  ];
}

function withAttemptKey(
  { payment_intent: intent }: Pick<Stripe.Refund, 'payment_intent'>,
  refund: Refund,
): readonly { readonly key: string; readonly refund: Refund }[] {
  const key = typeof intent === 'object' ? intent?.metadata[KEY_METADATA] : undefined;
  return key === undefined ? [] : [{ key, refund }];
}

/**
 * Refund status by Stripe's status. The amount of a canceled or failed refund is ours again.
 * https://docs.stripe.com/api/refunds/object
 */
const REFUND_STATUS: ReadonlyMap<string | null, RefundStatus> = new Map([
  ['succeeded', 'DONE'],
  ['failed', 'FAILED'],
  ['canceled', 'FAILED'],
]);

function toRefund({ id, amount, status, failure_reason: code, metadata }: Stripe.Refund): Refund {
  const own = metadata?.[REFUND_METADATA];
  const known = REFUND_STATUS.get(status) ?? 'PENDING';
  return {
    refundId: own ?? id,
    amount,
    status: known,
    ...(known === 'FAILED' ? { failureCode: code ?? 'refund_failed' } : {}),
    ...(own === undefined ? { origin: 'DASHBOARD' } : {}),
  };
}

/**
 * Refund status by a dispute's status. A dispute takes the amount at once; one that is won returns
 * it. https://docs.stripe.com/api/disputes/object
 */
const DISPUTE_STATUS: ReadonlyMap<string, RefundStatus> = new Map([
  ['lost', 'DONE'],
  ['won', 'FAILED'],
  ['warning_closed', 'FAILED'],
  ['prevented', 'FAILED'],
]);

const toDisputeRefund = ({ id, amount, status }: Stripe.Dispute): Refund => ({
  refundId: id,
  amount,
  status: DISPUTE_STATUS.get(status) ?? 'PENDING',
  origin: 'DISPUTE',
});
