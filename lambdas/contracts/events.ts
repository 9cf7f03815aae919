import * as z from 'zod/mini';
import { AdjustmentReason, Shortage } from './inventory-api.ts';
import { RefundOrigin } from './payment-commands.ts';
import { Id, LocationId, Money, Quantity, Sku, Timestamp } from './primitives.ts';

/** The bus is additive only: a consumer lets fields through that it does not know. */
const envelope = <Data extends z.ZodMiniType>(data: Data) =>
  z.object({
    eventId: z.string(),
    version: z.literal(1),
    occurredAt: Timestamp,
    correlationId: z.string(),
    data,
  });

const MovedUnits = z.object({
  sku: Sku,
  locationId: LocationId,
  quantity: Quantity,
  movementId: z.string(),
  reservationId: z.optional(z.string()),
  orderId: z.optional(z.string()),
  reference: z.optional(z.string()),
});
const Adjustment = z.object({
  sku: Sku,
  locationId: LocationId,
  delta: z.int(),
  movementId: z.string(),
  reason: AdjustmentReason,
  note: z.optional(z.string()),
});
const ReservedLines = z.object({
  reservationId: z.string(),
  orderId: z.optional(z.string()),
  lines: z.array(z.object({ sku: Sku, locationId: LocationId, quantity: Quantity })),
});
const ReservationRef = z.object({ reservationId: z.string(), orderId: z.optional(z.string()) });
const Order = z.object({
  orderId: Id,
  customerId: z.string(),
  lines: z.array(z.object({ sku: Sku, quantity: Quantity })),
  total: Money,
});
const Payment = z.object({ orderId: Id, attempt: z.int(), amount: z.int(), currency: z.string() });
/** Amounts in minor units. */
const Refund = z.extend(Payment, {
  refundId: z.string(),
  origin: z.optional(RefundOrigin),
  capturedAmount: z.int(),
  refundedAmount: z.int(),
});

export const INVENTORY_SOURCE = 'stockbook.inventory';
export const ORDERS_SOURCE = 'stockbook.orders';
export const PAYMENTS_SOURCE = 'stockbook.payments';

export const InventoryEvents = {
  StockReceived: envelope(MovedUnits),
  StockAdjusted: envelope(Adjustment),
  StockReturned: envelope(MovedUnits),
  StockShipped: envelope(MovedUnits),
  StockReserved: envelope(z.extend(ReservedLines, { expiresAt: Timestamp })),
  StockReleased: envelope(ReservedLines),
  StockCommitted: envelope(ReservationRef),
  StockCommitFailed: envelope(
    z.extend(ReservationRef, { code: z.string(), shortages: z.array(Shortage) }),
  ),
  /** Its units are to be spread over another number of cells. */
  StockShardsChanged: envelope(
    z.object({ sku: Sku, shardCount: z.int(), shardCountBefore: z.int() }),
  ),
  /** A request needs so many units of a location from more cells than one change touches: they are brought together. */
  StockConsolidationRequested: envelope(
    z.object({ sku: Sku, locationId: LocationId, quantity: Quantity }),
  ),
  /** Changes of its cells are in each other's way: more shards are proposed, or (`isApplied`) were set. */
  StockContentionDetected: envelope(
    z.object({
      sku: Sku,
      shardCount: z.int(),
      proposedShardCount: z.int(),
      /** Of so many changes in a row, and how often they found another one in their way. */
      changes: z.int(),
      conflicts: z.int(),
      isApplied: z.boolean(),
    }),
  ),
  StockLow: envelope(z.object({ sku: Sku, available: z.int(), lowStockThreshold: z.int() })),
};

export const OrderEvents = {
  OrderPlaced: envelope(Order),
  OrderConfirmed: envelope(Order),
  OrderCompleted: envelope(Order),
  OrderFulfilled: envelope(Order),
  OrderCancelled: envelope(z.extend(Order, { reason: z.string() })),
  OrderNeedsAttention: envelope(z.extend(Order, { reason: z.string() })),
};

export const PaymentEvents = {
  PaymentAuthorized: envelope(Payment),
  PaymentCaptured: envelope(Payment),
  PaymentVoided: envelope(Payment),
  PaymentFailed: envelope(z.extend(Payment, { code: z.string() })),
  /** The customer did, or failed to do, what the provider required (3-D Secure). */
  PaymentActionCompleted: envelope(Payment),
  /** Published for each refund that is done, ours or made at the provider; `amount` is the refund's. */
  PaymentRefunded: envelope(Refund),
  /** A refund failed, possibly days after it was done: the money is still ours. */
  PaymentRefundFailed: envelope(z.extend(Refund, { code: z.string() })),
  /** The customer's bank has taken the money back for now. */
  PaymentDisputed: envelope(Refund),
};

const Drift = z.object({
  findingId: z.string(),
  kind: z.string(),
  subject: z.string(),
  units: z.int(),
  explanation: z.string(),
});
export const RECONCILIATION_SOURCE = 'stockbook.reconciliation';
export const ReconciliationEvents = {
  DriftDetected: envelope(z.extend(Drift, { proposedRepair: z.optional(z.string()) })),
  DriftRepaired: envelope(z.extend(Drift, { by: z.string() })),
  StockTakePosted: envelope(
    z.object({
      countId: z.string(),
      sku: Sku,
      locationId: LocationId,
      countedAt: Timestamp,
      counted: z.int(),
      expected: z.int(),
      delta: z.int(),
    }),
  ),
};

type EventsOf<Schemas extends Record<string, z.ZodMiniType>> = {
  [Type in keyof Schemas & string]: {
    readonly type: Type;
    readonly detail: z.infer<Schemas[Type]>;
  };
}[keyof Schemas & string];

export type InventoryEvent = EventsOf<typeof InventoryEvents>;
export type OrderEvent = EventsOf<typeof OrderEvents>;
export type PaymentEvent = EventsOf<typeof PaymentEvents>;
export type ReconciliationEvent = EventsOf<typeof ReconciliationEvents>;
export type DomainEvent = InventoryEvent | OrderEvent | PaymentEvent | ReconciliationEvent;
