import * as z from 'zod/mini';
import {
  NextAction,
  PaymentRepairAction,
  PaymentStatus,
  RefundOrigin,
  RefundStatus,
} from '../../contracts/payment-commands.ts';
import { Id, Money, Timestamp } from '../../contracts/primitives.ts';
import { defineRecordKind } from '../../shared/dynamodb/read-record.ts';
import { createEventDeriver } from '../../shared/events/event-publisher.ts';
import { eventsOf } from '../domain/events.ts';
import type { Payment } from '../domain/payment.ts';
import { PAYMENT_PREFIX, paymentKey } from './payment-items.ts';

const { amount: Amount, currency: Currency } = Money.shape;
const Attempt = z.int().check(z.minimum(1));

export const STORED_REFUND = z.object({
  refundId: z.string(),
  amount: Amount,
  status: RefundStatus,
  failureCode: z.exactOptional(z.string()),
  origin: z.exactOptional(RefundOrigin),
});

export const PAYMENT = defineRecordKind<Payment>({
  table: 'payments',
  type: 'payment',
  pk: PAYMENT_PREFIX,
  sk: 'PAYMENT',
  keyOf: paymentKey,
  schema: z.object({
    orderId: Id,
    attempt: Attempt,
    status: PaymentStatus,
    amount: Amount,
    currency: Currency,
    provider: z.exactOptional(z.string()),
    capturedAmount: Amount,
    refundedAmount: Amount,
    refunds: z.exactOptional(z.array(STORED_REFUND)),
    nextAction: z.exactOptional(NextAction),
    failureCode: z.exactOptional(z.string()),
    repairs: z.exactOptional(
      z.array(z.object({ findingId: z.string(), at: Timestamp, action: PaymentRepairAction })),
    ),
    version: z.int().check(z.minimum(1)),
    createdAt: Timestamp,
    updatedAt: Timestamp,
    correlationId: z.string(),
  }),
});

/** Every kind of record in the table. */
export const PAYMENT_RECORDS = [PAYMENT] as const;

export const toPayment = PAYMENT.read;

/**
 * Returns the events of one change of the table. A tombstone (a record created as VOIDED) publishes
 * no event.
 */
export const eventsOfItems = createEventDeriver(
  (item) => (item !== undefined && PAYMENT.matches(item) ? toPayment(item) : undefined),
  (before, after) =>
    before === undefined && after?.status === 'VOIDED' ? [] : eventsOf(before, after),
);
