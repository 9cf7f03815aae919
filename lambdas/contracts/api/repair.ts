import * as z from 'zod/mini';
import { PaymentRepairAction } from '../payment-commands.ts';
import {
  Balance,
  Id,
  LocationId,
  ORDER_LINES_MAX,
  QUANTITY_UNITS_MAX,
  Quantity,
  Sku,
  Text,
  Timestamp,
  wholeNumberText,
} from '../primitives.ts';
import { Accounts, CellName, LostMovement } from './audit.ts';

/**
 * Finding and audited version of the record that the reconciler asks its context to repair. A
 * record with another version is not changed, and the response is 409 VERSION_CONFLICT.
 */
const repairTarget = { findingId: Id, version: z.int().check(z.minimum(0)) };

/**
 * Repair of an order. `resume` continues or compensates its saga; `cancel` cancels a COMPLETED
 * order through its saga.
 */
export const RepairOrderRequest = z.strictObject({
  ...repairTarget,
  action: z.enum(['resume', 'cancel']),
});
export type RepairOrderRequest = z.infer<typeof RepairOrderRequest>;

export const RepairPaymentRequest = z.strictObject({
  ...repairTarget,
  attempt: z.int().check(z.minimum(1)),
  action: PaymentRepairAction,
});
export type RepairPaymentRequest = z.infer<typeof RepairPaymentRequest>;

const hasUniqueSkus = z.refine<readonly { readonly sku: string }[]>(
  (lines) => new Set(lines.map(({ sku }) => sku)).size === lines.length,
  'must name each SKU once',
);

/**
 * Repair of a reservation. `followMovements` sets the record to match its movements. `restore`
 * writes a lost record (version 0) from its movements and the lines of its order. The other actions
 * perform the step that did not happen.
 */
export const RepairReservationRequest = z.discriminatedUnion('action', [
  z.strictObject({
    ...repairTarget,
    action: z.enum(['followMovements', 'release', 'commit', 'ship']),
    /** Cell with units that the record does not name, because it has no lines. */
    cell: z.optional(CellName),
  }),
  z.strictObject({
    ...repairTarget,
    version: z.literal(0),
    action: z.literal('restore'),
    /** Time at which the order was placed. Its hold was made shortly before. */
    placedAt: Timestamp,
    lines: z
      .array(z.object({ sku: Sku, quantity: Quantity }))
      .check(z.minLength(1), z.maxLength(ORDER_LINES_MAX), hasUniqueSkus),
  }),
]);
export type RepairReservationRequest = z.infer<typeof RepairReservationRequest>;

export const RepairCellRequest = z.strictObject({
  ...repairTarget,
  cell: CellName,
  repair: z.discriminatedUnion('action', [
    /** Sets the accounts to the sums of the movements. */
    z.strictObject({ action: z.literal('rebuild'), accounts: Accounts }),
    /** Writes the missing movements. */
    z.strictObject({ action: z.literal('restore'), lost: z.array(LostMovement) }),
  ]),
});
export type RepairCellRequest = z.infer<typeof RepairCellRequest>;

/** Maximum manual adjustments that a finding lists. */
export const ADJUSTMENTS_LISTED_MAX = 20;
/** Manual adjustment that was entered after a count was made. */
export const AdjustmentView = z.object({
  movementId: z.string(),
  at: Timestamp,
  delta: z.int(),
  reason: z.optional(z.string()),
  note: z.optional(z.string()),
  by: z.string(),
});
export type AdjustmentView = z.infer<typeof AdjustmentView>;

/** Query for the recorded quantities that a count is compared with. */
export const CountBasisQuery = z.strictObject({
  sku: Sku,
  locationId: LocationId,
  at: Timestamp,
  counted: wholeNumberText(0, QUANTITY_UNITS_MAX),
});
export const CountBasis = z.object({
  /** Units on hand as of `at`, computed from the balance and the movements since. */
  expected: z.int(),
  /** Current units. */
  available: z.int(),
  held: z.int(),
  committed: z.int(),
  tolerance: z.optional(z.object({ units: z.optional(z.int()), percent: z.optional(z.number()) })),
  /** Last count of the location. It must still be the last one when this count is posted. */
  lastCount: z.optional(z.object({ countId: z.string(), countedAt: Timestamp })),
  /**
   * Last manual adjustment of the location. It must still be the last one when this count is
   * posted.
   */
  lastAdjustmentId: z.optional(z.string()),
  /**
   * Manual adjustments later than `at`, oldest first, at most ADJUSTMENTS_LISTED_MAX. They may have
   * corrected the difference already.
   */
  adjustments: z.array(AdjustmentView),
  /** Total number of manual adjustments later than `at`. */
  adjustmentsTotal: z.int(),
  /** Time of the location's first movement, if it is later than `at`. */
  firstMovementAt: z.optional(Timestamp),
  /** Reservations that can no longer be fulfilled after the count, newest first. */
  unfulfillable: z.array(
    z.object({
      reservationId: z.string(),
      orderId: z.optional(z.string()),
      /** Service that made it. Absent for an order, which alone can be cancelled. */
      owner: z.optional(z.string()),
      quantity: z.int(),
      since: Timestamp,
    }),
  ),
});
export type CountBasis = z.infer<typeof CountBasis>;

export const PostCountRequest = z.strictObject({
  countId: Id,
  sku: Sku,
  locationId: LocationId,
  counted: z.int().check(z.minimum(0), z.maximum(QUANTITY_UNITS_MAX)),
  countedAt: Timestamp,
  /** Recorded units on hand as of `countedAt`. */
  expected: Balance,
  /** Units to post: `counted - expected`, or the part of it that the approver decided. */
  delta: Balance,
  lastCountId: z.optional(z.string()),
  lastAdjustmentId: z.optional(z.string()),
  findingId: z.optional(Id),
  reference: z.optional(Text),
  /** Caller who counted or approved. */
  by: z.string().check(z.minLength(1), z.maxLength(512)),
});
export type PostCountRequest = z.infer<typeof PostCountRequest>;

/** Outcome of a repair. */
export const RepairedView = z.object({
  outcome: z.enum(['repaired', 'unchanged']),
  /** Status of the order, payment or reservation after the repair, or new version of the cell. */
  status: z.string(),
});
export type RepairedView = z.infer<typeof RepairedView>;
