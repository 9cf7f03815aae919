import * as z from 'zod/mini';
import { Id, Money } from './primitives.ts';

/** What the saga asks of payments. One attempt of one order is one payment; its key is `<orderId>-<attempt>`. */
export const PaymentRef = z.object({
  orderId: Id,
  attempt: z.int().check(z.minimum(1)),
  correlationId: z.string(),
});
export type PaymentRef = z.infer<typeof PaymentRef>;

export const AuthorizePaymentCommand = z.extend(PaymentRef, {
  total: Money,
  paymentMethod: z.string(),
});
export type AuthorizePaymentCommand = z.infer<typeof AuthorizePaymentCommand>;

/** Attempt 0 is an order that was never asked to pay: there is nothing to give back. */
export const ReturnPaymentCommand = z.extend(PaymentRef, { attempt: z.int().check(z.minimum(0)) });
export type ReturnPaymentCommand = z.infer<typeof ReturnPaymentCommand>;

/** The names by which the saga's definition tells refusals apart. */
export const PaymentError = {
  declined: 'PaymentDeclined',
  captureFailed: 'PaymentCaptureFailed',
  refundFailed: 'PaymentRefundFailed',
  outcomeUnknown: 'PaymentOutcomeUnknown',
} as const;

export const ReturnedPayment = z.object({ status: z.enum(['VOIDED', 'REFUNDED', 'FAILED', 'NONE']) });
export type ReturnedPayment = z.infer<typeof ReturnedPayment>;
