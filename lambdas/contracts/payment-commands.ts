import * as z from 'zod/mini';
import { Id, Money } from './primitives.ts';

export const PaymentStatus = z.enum([
  'PENDING',
  'REQUIRES_ACTION',
  'AUTHORIZED',
  'CAPTURED',
  'VOIDED',
  'REFUNDED',
  'FAILED',
]);
export type PaymentStatus = z.infer<typeof PaymentStatus>;

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
export const ReversePaymentCommand = z.extend(PaymentRef, { attempt: z.int().check(z.minimum(0)) });
export type ReversePaymentCommand = z.infer<typeof ReversePaymentCommand>;

/** REFUND_PENDING: the provider has accepted the refund and has not done it yet. */
export const ReversalResult = z.object({
  status: z.enum(['VOIDED', 'REFUNDED', 'REFUND_PENDING', 'FAILED', 'NONE']),
});
export type ReversalResult = z.infer<typeof ReversalResult>;

/** Present on a refund that Stockbook did not request: made at the provider, or taken by the customer's bank. */
export const RefundOrigin = z.enum(['DASHBOARD', 'DISPUTE']);
export type RefundOrigin = z.infer<typeof RefundOrigin>;

export const RefundStatus = z.enum(['PENDING', 'DONE', 'FAILED']);
export type RefundStatus = z.infer<typeof RefundStatus>;

export const RefundAudit = z.object({
  refundId: z.string(),
  amount: z.int(),
  status: RefundStatus,
  failureCode: z.optional(z.string()),
  origin: z.optional(RefundOrigin),
});

/** What the customer has to do before their bank authorizes a payment. */
export const NextAction = z.object({
  type: z.string(),
  url: z.exactOptional(z.string()),
  /** For the provider's library in the customer's browser. */
  clientSecret: z.exactOptional(z.string()),
});
export type NextAction = z.infer<typeof NextAction>;
