import * as z from 'zod/mini';
import { NextAction, PaymentStatus } from '../payment-commands.ts';
import {
  Id,
  ListQuery,
  LocationId,
  Money,
  maxQuantityPerSku,
  ORDER_LINES_MAX,
  Quantity,
  Sku,
  Text,
  Timestamp,
  UNIT_PRICE_MINOR_MAX,
} from '../primitives.ts';
import { ReservationView } from './reservations.ts';

export const OrderPath = z.strictObject({ orderId: Id });
export const ProductPath = z.strictObject({ sku: Sku });

export const PutProductRequest = z.strictObject({
  name: Text,
  unitPrice: z.strictObject({
    amount: z.int().check(z.minimum(0), z.maximum(UNIT_PRICE_MINOR_MAX)),
    currency: Money.shape.currency,
  }),
});
export type PutProductRequest = z.infer<typeof PutProductRequest>;

/** Delivery of an order. By default it is shipped. */
export const Delivery = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ship') }),
  z.strictObject({ kind: z.literal('pickup'), locationId: LocationId }),
]);
export type Delivery = z.infer<typeof Delivery>;

/** Units of a line at the location from which they are taken. */
export const Allocation = z.object({ locationId: LocationId, quantity: Quantity });
export type Allocation = z.infer<typeof Allocation>;

export const PlaceOrderRequest = z.strictObject({
  lines: z
    .array(z.strictObject({ sku: Sku, quantity: Quantity }))
    .check(z.minLength(1), z.maxLength(ORDER_LINES_MAX), maxQuantityPerSku),
  delivery: z.optional(Delivery),
});
export type PlaceOrderRequest = z.infer<typeof PlaceOrderRequest>;

export const PayOrderRequest = z.strictObject({
  paymentMethod: z
    .string()
    .check(
      z.regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, dashes or underscores'),
    ),
});

/** Customer id, as tokens carry it in `sub`. */
const CustomerId = z.string().check(z.regex(/^[^\p{Cc}\p{Cs}]{1,255}$/u));
export const CustomerPath = z.strictObject({ customerId: CustomerId });
/** `cursor`: from the previous response. */
export const EraseCustomerRequest = z.strictObject({
  cursor: z.optional(z.string().check(z.maxLength(1024))),
});

export const OrderStatus = z.enum([
  'PENDING_PAYMENT',
  'PAYING',
  'CONFIRMED',
  'COMPLETED',
  'FULFILLED',
  'CANCELLING',
  'CANCELLED',
  'NEEDS_ATTENTION',
]);
export type OrderStatus = z.infer<typeof OrderStatus>;
/** Status as clients read it: EXPIRED is a PENDING_PAYMENT order past its `expiresAt`. */
export const EffectiveOrderStatus = z.enum([...OrderStatus.options, 'EXPIRED']);
export type EffectiveOrderStatus = z.infer<typeof EffectiveOrderStatus>;

/**
 * Payment status as orders stores it. REFUND_PENDING: the provider has accepted the refund and has
 * not completed it.
 */
export const OrderPaymentStatus = z.enum([...PaymentStatus.options, 'REFUND_PENDING']);
export type OrderPaymentStatus = z.infer<typeof OrderPaymentStatus>;

export const ProductView = z.object({ sku: Sku, name: z.string(), unitPrice: Money });
export const ErasureView = z.object({
  /** Number of orders erased by this request. */
  erased: z.int(),
  /** Open orders, which keep the customer's data until they are closed. */
  open: z.array(z.object({ orderId: Id, status: EffectiveOrderStatus })),
  /** Position of the next page; send it with the next request. */
  cursor: z.optional(z.string()),
});
export type ErasureView = z.infer<typeof ErasureView>;
const OrderPaymentView = z.object({
  status: OrderPaymentStatus,
  attempt: z.int(),
  lastError: z.optional(z.string()),
});
export const OrderLineView = z.object({
  sku: Sku,
  name: z.string(),
  quantity: Quantity,
  unitPrice: Money,
  allocations: z.array(Allocation),
});
export const OrderView = z.object({
  orderId: Id,
  status: EffectiveOrderStatus,
  lines: z.array(OrderLineView),
  delivery: Delivery,
  total: Money,
  expiresAt: Timestamp,
  createdAt: Timestamp,
  payment: z.nullable(OrderPaymentView),
  timeline: z.array(
    z.object({
      at: Timestamp,
      status: OrderStatus,
      reason: z.optional(z.string()),
      /** Number of entries omitted before this one. */
      omitted: z.optional(z.int()),
    }),
  ),
});
/** Order for its own customer. */
export const OrderDetailView = z.extend(OrderView, {
  payment: z.nullable(
    z.extend(OrderPaymentView, {
      /**
       * Action that the customer has to complete before paying again; only with REQUIRES_ACTION.
       */
      nextAction: z.optional(NextAction),
    }),
  ),
});
/** Query by a queue or by a customer. */
export const StaffOrdersQuery = z
  .strictObject({
    ...ListQuery.shape,
    queue: z.optional(z.enum(['toShip', 'attention'])),
    customerId: z.optional(CustomerId),
  })
  .check(
    z.refine(({ queue, customerId }) => (queue === undefined) !== (customerId === undefined), {
      path: ['queue'],
      error: 'Give either queue (toShip or attention) or customerId',
    }),
  );
export type StaffOrdersQuery = z.infer<typeof StaffOrdersQuery>;
export const CancelStaffOrderRequest = z.strictObject({ reason: Text });

export const StaffOrderView = z.extend(OrderView, { customerId: z.string() });
export const StaffOrderDetailView = z.extend(StaffOrderView, {
  /** Reservation as inventory stores it; null when the order holds nothing. */
  reservation: z.nullable(z.pick(ReservationView, { status: true, expiresAt: true, lines: true })),
  /** Payments as the payments context stores them, first attempt first. */
  payments: z.array(
    z.object({
      attempt: z.int(),
      status: PaymentStatus,
      amount: Money,
      capturedAmount: Money,
      refundedAmount: Money,
      updatedAt: Timestamp,
    }),
  ),
});
export const PlacedOrderView = z.pick(OrderView, {
  orderId: true,
  status: true,
  expiresAt: true,
  lines: true,
  delivery: true,
  total: true,
});
export const OrderStatusView = z.object({ orderId: Id, status: EffectiveOrderStatus });
