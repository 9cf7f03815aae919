import { GRACE_SECONDS, type OrderAudit, type PaymentAudit } from '../../contracts/audit-api.ts';
import { type Instant, MILLISECONDS_PER_SECOND } from '../../shared/core/instant.ts';
import type { Detected } from './finding.ts';
import type { Repair } from './repair.ts';

/** Returns what is wrong with a payment attempt, seen with its order. */
export const checkPayment = (
  payment: PaymentAudit,
  order: OrderAudit | undefined,
  now: Instant,
): Detected[] => [...refundsNotOurs(payment, order), ...moneyKept(payment, order, now)];

const ofPayment = (payment: PaymentAudit, order: OrderAudit | undefined) => ({
  subject: `payment:${payment.orderId}-${payment.attempt}`,
  units: 0,
  since: payment.updatedAt,
  records: [payment, ...(order === undefined ? [] : [order])],
});

/** Refunds that were made at the provider. A person dismisses the finding, or cancels the order. */
function refundsNotOurs(payment: PaymentAudit, order: OrderAudit | undefined): Detected[] {
  const { orderId, currency, capturedAmount } = payment;
  const made = payment.refunds.filter(
    ({ origin, status }) => origin === 'DASHBOARD' && status !== 'FAILED',
  );
  if (made.length === 0) return [];
  const amount = sumOf(made);
  return [
    {
      kind: 'REFUND_NOT_ON_RECORD',
      ...ofPayment(payment, order),
      expected: { refunds: [] },
      actual: {
        refunds: made.map(({ refundId, amount: of }) => ({ refundId, amount: of, currency })),
      },
      difference: { amount, currency },
      explanation: `${amount} ${currency} of ${capturedAmount} captured for order ${orderId} were refunded at the provider, not by Stockbook.`,
    },
  ];
}

function moneyKept(payment: PaymentAudit, order: OrderAudit | undefined, now: Instant): Detected[] {
  const { orderId, attempt, capturedAmount, refundedAmount, status, currency } = payment;
  if (refundedAmount > capturedAmount) {
    return [
      {
        kind: 'REFUND_EXCEEDS_CAPTURE',
        ...ofPayment(payment, order),
        expected: { refundedAtMost: capturedAmount, currency },
        actual: { refunded: refundedAmount, currency },
        difference: { amount: refundedAmount - capturedAmount, currency },
        explanation: `More was refunded for order ${orderId} (${refundedAmount} ${currency}) than was captured (${capturedAmount}). Look at the provider's own record.`,
      },
    ];
  }
  const kept = keptOf(payment);
  const failed = payment.refunds.findLast(
    ({ origin, status: of }) => of === 'FAILED' && origin === undefined,
  );
  // The audit that looked the refund up has just written the payment: nothing of it is in flight.
  const isSettled = order?.status === 'CANCELLED' && failed !== undefined;
  const isInFlight =
    (!isSettled && isYoung(payment.updatedAt, now)) || (order && isYoung(order.since, now));
  if (kept === 0 || isInFlight) return [];
  const money = {
    ...ofPayment(payment, order),
    expected: { kept: 0, currency },
    actual: { status, kept, currency },
    difference: { amount: kept, currency },
  };
  if (order === undefined) {
    return [
      {
        kind: 'PAYMENT_WITHOUT_ORDER',
        ...money,
        explanation: `Payment ${orderId}-${attempt} is ${status}, but there is no order ${orderId}.`,
        ...giveBack(payment, false),
      },
    ];
  }
  if (order.status === 'CANCELLED' && failed !== undefined) {
    return [
      {
        kind: 'REFUND_FAILED',
        ...money,
        explanation: `Order ${orderId} is cancelled, but the refund ${failed.refundId} of its payment failed (${failed.failureCode ?? 'no reason given'}): the customer still misses ${kept} ${currency}.`,
        ...giveBack(payment, true),
      },
    ];
  }
  if (order.status === 'CANCELLED') {
    return [
      {
        kind: 'CANCELLED_ORDER_KEEPS_MONEY',
        ...money,
        explanation: `Order ${orderId} is cancelled, but its payment is ${status}: ${kept} ${currency} of the customer's are kept.`,
        ...giveBack(payment, true),
      },
    ];
  }
  const isOther = attempt !== order.attempt || order.status === 'PENDING_PAYMENT';
  if (!isOther) return [];
  return [
    {
      kind: 'PAYMENT_WITHOUT_ORDER',
      ...money,
      explanation: `Payment ${orderId}-${attempt} is ${status}, but order ${orderId} is ${order.status} and ${attempt === order.attempt ? 'was not paid by it' : `goes by attempt ${order.attempt}`}: ${kept} ${currency} are kept for nothing.`,
      ...giveBack(payment, true),
    },
  ];
}

const sumOf = (refunds: readonly { readonly amount: number }[]): number =>
  refunds.reduce((sum, { amount }) => sum + amount, 0);

/** The money of an attempt that no refund has given back or is giving back. */
function keptOf({ status, amount, capturedAmount, refunds }: PaymentAudit): number {
  if (status === 'AUTHORIZED') return amount;
  if (status !== 'CAPTURED') return 0;
  return Math.max(
    0,
    capturedAmount - sumOf(refunds.filter((refund) => refund.status !== 'FAILED')),
  );
}

const isYoung = (at: string, now: Instant): boolean =>
  now - Date.parse(at) < GRACE_SECONDS * MILLISECONDS_PER_SECOND;

const giveBack = (
  { orderId, attempt, status, version }: PaymentAudit,
  isSafe: boolean,
): { repair: Repair } => ({
  repair: {
    command: { action: 'returnPayment', orderId, attempt, version },
    effect: status === 'CAPTURED' ? 'Refunds what was captured.' : 'Voids what was authorised.',
    units: [],
    isSafe,
  },
});
