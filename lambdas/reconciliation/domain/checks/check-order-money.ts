import type { PaymentAudit } from '../../../contracts/api/audit.ts';
import { type Instant, MILLISECONDS_PER_SECOND } from '../../../shared/core/instant.ts';
import { GRACE_SECONDS } from '../../../shared/events/delivery-times.ts';
import type { Detection } from '../finding.ts';
import { type OrderSnapshot, orderDetectionFields, proposeRepair } from './order-snapshot.ts';

/**
 * Checks that the total of a completed order was captured. Later refunds are on the payment's
 * record.
 */
export function checkOrderCapture(snapshot: OrderSnapshot, now: Instant): Detection[] {
  const { order, payment } = snapshot;
  const { orderId, total, attempt } = order;
  if (payment?.status === 'REFUNDED' && order.status === 'COMPLETED')
    return checkFullRefund(snapshot, payment, now);
  const isCaptured = payment?.status === 'CAPTURED' || payment?.status === 'REFUNDED';
  const captured = isCaptured ? payment.capturedAmount : 0;
  if (payment !== undefined && captured === total.amount && payment.currency === total.currency)
    return [];
  const isMissing = captured === 0;
  return [
    {
      kind: isMissing ? 'CAPTURE_MISSING' : 'CAPTURE_DIFFERS',
      ...orderDetectionFields(snapshot),
      expected: total,
      actual:
        payment === undefined
          ? null
          : { status: payment.status, amount: captured, currency: payment.currency },
      difference: { amount: total.amount - captured, currency: total.currency },
      units: 0,
      explanation: isMissing
        ? `Order ${orderId} is ${order.status}, but its payment is ${payment?.status ?? 'not on record'}: no money was captured for it.`
        : `Order ${orderId} is ${order.status} with a total of ${total.amount} ${total.currency}, but ${captured} ${payment?.currency ?? ''} were captured.`,
      ...(payment?.status === 'AUTHORIZED'
        ? proposeRepair(
            { action: 'capturePayment', orderId, attempt, version: payment.version },
            'Captures the amount that the customer authorised.',
          )
        : {}),
    },
  ];
}

/**
 * Reports an order whose money was returned by the provider, if orders has not cancelled it yet.
 */
function checkFullRefund(
  snapshot: OrderSnapshot,
  payment: PaymentAudit,
  now: Instant,
): Detection[] {
  if (now - Date.parse(payment.updatedAt) < GRACE_SECONDS * MILLISECONDS_PER_SECOND) return [];
  const { orderId, version, total } = snapshot.order;
  return [
    {
      kind: 'CAPTURE_MISSING',
      ...orderDetectionFields(snapshot),
      expected: total,
      actual: { status: payment.status, amount: 0, currency: payment.currency },
      difference: total,
      units: 0,
      explanation: `Order ${orderId} is COMPLETED, but all of its payment was refunded or disputed at the provider, and orders has not handled that. It would be shipped without payment.`,
      ...proposeRepair(
        { action: 'cancelOrder', orderId, version },
        'Cancels the order through its saga, which releases its units.',
        { isSafe: false },
      ),
    },
  ];
}
