import { attemptKeyOf, type Payment } from '../domain/payment.ts';

export const PAYMENT_PREFIX = 'PAYMENT#';
export const paymentKeyOfAttempt = (key: string) => ({ pk: PAYMENT_PREFIX + key, sk: 'PAYMENT' });
export const paymentKey = (payment: Pick<Payment, 'orderId' | 'attempt'>) =>
  paymentKeyOfAttempt(attemptKeyOf(payment));

export const paymentItem = (payment: Payment) => ({
  ...paymentKey(payment),
  type: 'payment',
  ...payment,
});
