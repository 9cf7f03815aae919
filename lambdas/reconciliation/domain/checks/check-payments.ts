import type { OrderAudit, PaymentAudit } from '../../../contracts/api/audit.ts';
import { type Instant, MILLISECONDS_PER_SECOND } from '../../../shared/core/instant.ts';
import { GRACE_SECONDS } from '../../../shared/events/delivery-times.ts';
import type { Detection } from '../finding.ts';
import type { Repair } from '../repair.ts';

/** Returns the disagreements of a payment attempt with its order. */
export const checkPayment = (
  payment: PaymentAudit,
  order: OrderAudit | undefined,
  now: Instant,
): Detection[] => [...checkExternalRefunds(payment, order), ...checkKeptMoney(payment, order, now)];

const paymentDetectionFields = (payment: PaymentAudit, order: OrderAudit | undefined) => ({
  subject: `payment:${payment.orderId}-${payment.attempt}`,
  units: 0,
  since: payment.updatedAt,
  records: [payment, ...(order === undefined ? [] : [order])],
});

/** Reports refunds made at the provider. A person dismisses the finding or cancels the order. */
function checkExternalRefunds(payment: PaymentAudit, order: OrderAudit | undefined): Detection[] {
  const { orderId, currency, capturedAmount } = payment;
  const externalRefunds = payment.refunds.filter(
    ({ origin, status }) => origin === 'DASHBOARD' && status !== 'FAILED',
  );
  if (externalRefunds.length === 0) return [];
  const amount = sumAmounts(externalRefunds);
  return [
    {
      kind: 'REFUND_UNRECORDED',
      ...paymentDetectionFields(payment, order),
      expected: { refunds: [] },
      actual: {
        refunds: externalRefunds.map(({ refundId, amount: of }) => ({
          refundId,
          amount: of,
          currency,
        })),
      },
      difference: { amount, currency },
      explanation: `${amount} ${currency} of ${capturedAmount} captured for order ${orderId} were refunded at the provider, not by Stockbook.`,
    },
  ];
}

function checkKeptMoney(
  payment: PaymentAudit,
  order: OrderAudit | undefined,
  now: Instant,
): Detection[] {
  const { orderId, attempt, capturedAmount, refundedAmount, status, currency } = payment;
  if (refundedAmount > capturedAmount) {
    return [
      {
        kind: 'REFUND_EXCEEDS_CAPTURE',
        ...paymentDetectionFields(payment, order),
        expected: { refundedAtMost: capturedAmount, currency },
        actual: { refunded: refundedAmount, currency },
        difference: { amount: refundedAmount - capturedAmount, currency },
        explanation: `More was refunded for order ${orderId} (${refundedAmount} ${currency}) than was captured (${capturedAmount}). Compare it with the provider's own record.`,
      },
    ];
  }
  const keptAmount = keptAmountOf(payment);
  const failedRefund = payment.refunds.findLast(
    ({ origin, status: of }) => of === 'FAILED' && origin === undefined,
  );
  // The audit that read the refund has just written the payment, so nothing of it is in flight.
  const isSettled = order?.status === 'CANCELLED' && failedRefund !== undefined;
  const isInFlight =
    (!isSettled && isWithinGraceTime(payment.updatedAt, now)) ||
    (order && isWithinGraceTime(order.since, now));
  if (keptAmount === 0 || isInFlight) return [];
  const detectionFields = {
    ...paymentDetectionFields(payment, order),
    expected: { kept: 0, currency },
    actual: { status, kept: keptAmount, currency },
    difference: { amount: keptAmount, currency },
  };
  if (order === undefined) {
    return [
      {
        kind: 'PAYMENT_WITHOUT_ORDER',
        ...detectionFields,
        explanation: `Payment ${orderId}-${attempt} is ${status}, but there is no order ${orderId}.`,
        ...proposePaymentReversal(payment, false),
      },
    ];
  }
  if (order.status === 'CANCELLED' && failedRefund !== undefined) {
    return [
      {
        kind: 'REFUND_FAILED',
        ...detectionFields,
        explanation: `Order ${orderId} is cancelled, but the refund ${failedRefund.refundId} of its payment failed (${failedRefund.failureCode ?? 'no reason given'}): the customer is still owed ${keptAmount} ${currency}.`,
        ...proposePaymentReversal(payment, true),
      },
    ];
  }
  if (order.status === 'CANCELLED') {
    return [
      {
        kind: 'CANCELLED_ORDER_KEEPS_MONEY',
        ...detectionFields,
        explanation: `Order ${orderId} is cancelled, but its payment is ${status}: ${keptAmount} ${currency} of the customer's money are kept.`,
        ...proposePaymentReversal(payment, true),
      },
    ];
  }
  const isUnusedPayment = attempt !== order.attempt || order.status === 'PENDING_PAYMENT';
  if (!isUnusedPayment) return [];
  return [
    {
      kind: 'PAYMENT_WITHOUT_ORDER',
      ...detectionFields,
      explanation: `Payment ${orderId}-${attempt} is ${status}, but order ${orderId} is ${order.status} and ${attempt === order.attempt ? 'was not paid by it' : `uses attempt ${order.attempt}`}: ${keptAmount} ${currency} are kept without reason.`,
      ...proposePaymentReversal(payment, true),
    },
  ];
}

const sumAmounts = (refunds: readonly { readonly amount: number }[]): number =>
  refunds.reduce((sum, { amount }) => sum + amount, 0);

/** Returns the captured or authorised amount that no refund has returned or is returning. */
function keptAmountOf({ status, amount, capturedAmount, refunds }: PaymentAudit): number {
  if (status === 'AUTHORIZED') return amount;
  if (status !== 'CAPTURED') return 0;
  return Math.max(
    0,
    capturedAmount - sumAmounts(refunds.filter((refund) => refund.status !== 'FAILED')),
  );
}

const isWithinGraceTime = (at: string, now: Instant): boolean =>
  now - Date.parse(at) < GRACE_SECONDS * MILLISECONDS_PER_SECOND;

const proposePaymentReversal = (
  { orderId, attempt, status, version }: PaymentAudit,
  isSafe: boolean,
): { repair: Repair } => ({
  repair: {
    command: { action: 'reversePayment', orderId, attempt, version },
    effect: status === 'CAPTURED' ? 'Refunds the captured amount.' : 'Voids the authorisation.',
    units: [],
    isSafe,
  },
});
