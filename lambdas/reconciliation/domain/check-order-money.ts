import type { PaymentAudit } from '../../contracts/audit-api.ts';
import { type Instant, MILLISECONDS_PER_SECOND } from '../../shared/core/instant.ts';
import { GRACE_SECONDS } from '../../shared/events/delivery-times.ts';
import type { Detection } from './finding.ts';
import { type OrderSnapshot, orderDetectionFields, proposeRepair } from './order-snapshot.ts';

/** The total of a completed order was captured. What was refunded since at the provider is on the payment's record. */
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
        ? `Order ${orderId} is ${order.status}, but its payment is ${payment?.status ?? 'not on record'}: nobody has paid for it.`
        : `Order ${orderId} is ${order.status} with a total of ${total.amount} ${total.currency}, but ${captured} ${payment?.currency ?? ''} were captured.`,
      ...(payment?.status === 'AUTHORIZED'
        ? proposeRepair(
            { action: 'capturePayment', orderId, attempt, version: payment.version },
            'Captures what the customer has authorised.',
          )
        : {}),
    },
  ];
}

/** All of the money went back at the provider, and orders was not told, or has not handled it yet. */
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
      explanation: `Order ${orderId} is COMPLETED, but all of its payment was refunded or disputed at the provider, and orders has not handled that: it would be shipped for nothing.`,
      ...proposeRepair(
        { action: 'cancelOrder', orderId, version },
        'Cancels the order through its saga: its units are released.',
        { isSafe: false },
      ),
    },
  ];
}
