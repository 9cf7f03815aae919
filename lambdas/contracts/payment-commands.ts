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

/**
 * Input of every payments step of the saga. One attempt of one order is one payment, with the key
 * `<orderId>-<attempt>`.
 */
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

/** Attempt 0 is an order without a payment, so there is nothing to reverse. */
export const ReversePaymentCommand = z.extend(PaymentRef, { attempt: z.int().check(z.minimum(0)) });
export type ReversePaymentCommand = z.infer<typeof ReversePaymentCommand>;

/**
 * Result of a reversal. REFUND_PENDING: the provider has accepted the refund and has not completed
 * it.
 */
export const ReversalResult = z.object({
  status: z.enum(['VOIDED', 'REFUNDED', 'REFUND_PENDING', 'FAILED', 'NONE']),
});
export type ReversalResult = z.infer<typeof ReversalResult>;

/**
 * Origin of a refund that Stockbook did not request: made at the provider, or taken by the bank.
 */
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

/** Action that the customer has to complete before their bank authorizes a payment. */
export const NextAction = z.object({
  type: z.string(),
  url: z.exactOptional(z.string()),
  /** Secret for the provider's library in the customer's browser. */
  clientSecret: z.exactOptional(z.string()),
});
export type NextAction = z.infer<typeof NextAction>;

/** `capture` captures an authorized payment; `reverse` voids or refunds it. */
export const PaymentRepairAction = z.enum(['capture', 'reverse']);
export type PaymentRepairAction = z.infer<typeof PaymentRepairAction>;
