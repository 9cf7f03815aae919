import type { Item } from '../../shared/stream-handler.ts';
import { eventsOf } from '../domain/events.ts';
import { keyOf, type Payment } from '../domain/payment.ts';

export const paymentKeyOf = (key: string) => ({ pk: `PAYMENT#${key}`, sk: 'PAYMENT' });
export const paymentKey = (payment: Pick<Payment, 'orderId' | 'attempt'>) => paymentKeyOf(keyOf(payment));

export const paymentItem = (payment: Payment) => ({ ...paymentKey(payment), type: 'payment', ...payment });

// Items are written by this adapter alone; what is read back has the type that was written.
export function toPayment(item: Item): Payment {
  const { pk: _pk, sk: _sk, type: _type, ...payment } = item;
  return payment as unknown as Payment;
}

/** A tombstone, which was never more than a mark, is nobody else's concern. */
export const eventsOfItems = (before: Item | undefined, after: Item | undefined) =>
  after?.type === 'payment' && !(before === undefined && after.status === 'VOIDED')
    ? eventsOf(before && toPayment(before), toPayment(after))
    : [];
