import * as z from 'zod/mini';
import { Level } from './api/availability.ts';
import { AdjustmentReason } from './api/inventory.ts';
import { Allocation } from './api/orders.ts';
import { Shortage } from './api/reservations.ts';
import { RefundOrigin } from './payment-commands.ts';
import { Id, LocationId, Money, Quantity, Sku, Timestamp } from './primitives.ts';

/**
 * Envelope of every event. Events only gain fields: consumers ignore fields that they do not know.
 */
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
const ReservationRef = z.object({
  reservationId: z.string(),
  orderId: z.optional(z.string()),
  /** Service that made the reservation. Absent for reservations of orders. */
  owner: z.optional(z.string()),
});
const Order = z.object({
  orderId: Id,
  customerId: z.string(),
  lines: z.array(
    z.object({
      sku: Sku,
      quantity: Quantity,
      /** Locations of the units. Only in OrderPlaced and OrderConfirmed. */
      allocations: z.optional(z.array(Allocation)),
    }),
  ),
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
  /** The SKU's units are to be distributed over another number of cells. */
  StockShardsChanged: envelope(
    z.object({ sku: Sku, shardCount: z.int(), shardCountBefore: z.int() }),
  ),
  /** A request needs units from more cells than one change may touch, so they are consolidated. */
  StockConsolidationRequested: envelope(
    z.object({ sku: Sku, locationId: LocationId, quantity: Quantity }),
  ),
  /** Writes on the SKU's cells conflict. More shards are proposed, or were set when `isApplied`. */
  StockContentionDetected: envelope(
    z.object({
      sku: Sku,
      shardCount: z.int(),
      proposedShardCount: z.int(),
      /** Number of consecutive changes, and the number of write conflicts among them. */
      changes: z.int(),
      conflicts: z.int(),
      isApplied: z.boolean(),
    }),
  ),
  /** The sellable units fell below the threshold: in total, or at a location. */
  StockLow: envelope(
    z.object({
      sku: Sku,
      locationId: z.optional(LocationId),
      available: z.int(),
      lowStockThreshold: z.int(),
    }),
  ),
  /**
   * The level of a SKU changed, in total or at a location. Keep the highest version: events may
   * arrive in any order.
   */
  AvailabilityChanged: envelope(
    z.object({
      sku: Sku,
      locationId: z.optional(LocationId),
      from: Level,
      to: Level,
      sellable: z.int(),
      version: z.int(),
    }),
  ),
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
  /**
   * The customer completed, or failed to complete, the action that the provider required (3-D
   * Secure).
   */
  PaymentActionCompleted: envelope(Payment),
  /**
   * Published per completed refund, ours or made at the provider. `amount` is the refund's amount.
   */
  PaymentRefunded: envelope(Refund),
  /** A refund failed, possibly days after it was done. The amount is still ours. */
  PaymentRefundFailed: envelope(z.extend(Refund, { code: z.string() })),
  /** The customer's bank has taken the amount back for now. */
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
