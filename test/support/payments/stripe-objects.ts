export type Refund = {
  readonly id: string;
  readonly intent: Intent;
  readonly amount: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly created: number;
  status: string;
  failureReason?: string;
};
export type Dispute = {
  readonly id: string;
  readonly intent: Intent;
  readonly amount: number;
  readonly created: number;
  status: string;
};
export type Intent = {
  readonly id: string;
  readonly amount: number;
  readonly currency: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly refunds: Refund[];
  readonly disputes: Dispute[];
  status: string;
  lastError: object | null;
};

/** Suffix of a client secret, after its intent's id. */
export const CLIENT_SECRET_SUFFIX = '_secret_double';

/** `latest_charge.refunds`, expanded, has the newest ten. */
const EXPANDED_REFUNDS_MAX = 10;

/**
 * Returns the refunded amount of a charge, which includes pending refunds and excludes failed ones.
 */
export const refundedOf = ({ refunds }: Intent): number =>
  refunds
    .filter(({ status }) => status === 'succeeded' || status === 'pending')
    .reduce((sum, { amount }) => sum + amount, 0);

export const intentBody = (intent: Intent): object => ({
  object: 'payment_intent',
  id: intent.id,
  amount: intent.amount,
  currency: intent.currency,
  metadata: intent.metadata,
  status: intent.status,
  capture_method: 'manual',
  client_secret: intent.id + CLIENT_SECRET_SUFFIX,
  next_action:
    intent.status === 'requires_action' ? { type: 'use_stripe_sdk', use_stripe_sdk: {} } : null,
  amount_received: intent.status === 'succeeded' ? intent.amount : 0,
  last_payment_error: intent.lastError,
  latest_charge: intent.status === 'succeeded' ? chargeBody(intent) : null,
});
export const chargeBody = (intent: Intent): object => ({
  object: 'charge',
  id: intent.id.replace('pi_', 'ch_'),
  payment_intent: intent.id,
  metadata: intent.metadata,
  amount: intent.amount,
  amount_refunded: refundedOf(intent),
  disputed: intent.disputes.length > 0,
  refunds: {
    object: 'list',
    data: intent.refunds
      .toReversed()
      .slice(0, EXPANDED_REFUNDS_MAX)
      .map((refund) => refundBody(refund)),
    has_more: intent.refunds.length > EXPANDED_REFUNDS_MAX,
  },
});
export const refundBody = (
  { id, intent, amount, metadata, created, status, failureReason }: Refund,
  isExpanded = false,
): object => ({
  object: 'refund',
  id,
  payment_intent: isExpanded ? intentBody(intent) : intent.id,
  amount,
  currency: intent.currency,
  metadata,
  created,
  status,
  ...(failureReason === undefined ? {} : { failure_reason: failureReason }),
});
export const disputeBody = (
  { id, intent, amount, created, status }: Dispute,
  isExpanded = false,
): object => ({
  object: 'dispute',
  id,
  payment_intent: isExpanded ? intentBody(intent) : intent.id,
  amount,
  currency: intent.currency,
  metadata: {},
  created,
  reason: 'fraudulent',
  status,
});
