import { GRACE_SECONDS, type OrderAudit, type PaymentAudit } from '../../contracts/audit-api.ts';
import { type Instant, MILLISECONDS_PER_SECOND } from '../../shared/instant.ts';
import type { Detected } from './finding.ts';
import type { Repair } from './repair.ts';

/** What is wrong with a payment attempt, seen with its order. */
export function checkPayment(payment: PaymentAudit, order: OrderAudit | undefined, now: Instant): Detected[] {
  const { orderId, attempt, capturedAmount, refundedAmount, status, currency } = payment;
  const ofPayment = {
    subject: `payment:${orderId}-${attempt}`,
    units: 0,
    since: payment.updatedAt,
    records: [payment, ...(order === undefined ? [] : [order])],
  };
  if (refundedAmount > capturedAmount) {
    return [
      {
        kind: 'REFUND_EXCEEDS_CAPTURE',
        ...ofPayment,
        expected: { refundedAtMost: capturedAmount, currency },
        actual: { refunded: refundedAmount, currency },
        difference: { amount: refundedAmount - capturedAmount, currency },
        explanation: `More was refunded for order ${orderId} (${refundedAmount} ${currency}) than was captured (${capturedAmount}). Ask the provider for its own record.`,
      },
    ];
  }
  const keepsMoney = status === 'AUTHORIZED' || status === 'CAPTURED';
  if (!keepsMoney || isYoung(payment.updatedAt, now) || (order && isYoung(order.since, now))) return [];
  const kept = status === 'CAPTURED' ? capturedAmount : payment.amount;
  const money = {
    ...ofPayment,
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
