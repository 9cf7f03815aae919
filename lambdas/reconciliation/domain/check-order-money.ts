import type { Detected } from './finding.ts';
import { type OrderSides, ofOrder, repairOf } from './order-sides.ts';

/** A completed order's money is ours, all of it. */
export function moneyOf(sides: OrderSides): Detected[] {
  const { order, payment } = sides;
  const { orderId, total, attempt } = order;
  const captured = payment?.status === 'CAPTURED' ? payment.capturedAmount : 0;
  if (payment !== undefined && captured === total.amount && payment.currency === total.currency) return [];
  const isMissing = captured === 0;
  return [
    {
      kind: isMissing ? 'CAPTURE_MISSING' : 'CAPTURE_DIFFERS',
      ...ofOrder(sides),
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
        ? repairOf(
            { action: 'capturePayment', orderId, attempt, version: payment.version },
            'Captures what the customer has authorised.',
          )
        : {}),
    },
  ];
}
