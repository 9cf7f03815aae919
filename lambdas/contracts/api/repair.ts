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
 * What the reconciler asks of the owner of a record; service routes only. Each names its finding and the version that was
 * audited: a record that has moved on since is left as it is, and the answer is 409 VERSION_CONFLICT.
 */
const repairTarget = { findingId: Id, version: z.int().check(z.minimum(0)) };

/** `resume` goes on with the saga, or compensates; `cancel` cancels a COMPLETED order through its saga. */
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
 * `followMovements` sets the reservation as its movements say; `restore` writes a record that is lost (version 0) from its movements and the lines
 * of its order; the others are the steps that did not happen.
 */
export const RepairReservationRequest = z.discriminatedUnion('action', [
  z.strictObject({
    ...repairTarget,
    action: z.enum(['followMovements', 'release', 'commit', 'ship']),
    /** Where units were found that the record, a mark without lines, does not name. */
    cell: z.optional(CellName),
  }),
  z.strictObject({
    ...repairTarget,
    version: z.literal(0),
    action: z.literal('restore'),
    /** When the order was placed: its hold was made shortly before. */
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
    /** The accounts are set to what the movements add up to. */
    z.strictObject({ action: z.literal('rebuild'), accounts: Accounts }),
    /** Movements are written again from their marker. */
    z.strictObject({ action: z.literal('restore'), lost: z.array(LostMovement) }),
  ]),
});
export type RepairCellRequest = z.infer<typeof RepairCellRequest>;

/** Most manual adjustments that a finding lists. */
export const ADJUSTMENTS_LISTED_MAX = 20;
/** A manual adjustment that was entered after a count was made. */
export const AdjustmentView = z.object({
  movementId: z.string(),
  at: Timestamp,
  delta: z.int(),
  reason: z.optional(z.string()),
  note: z.optional(z.string()),
  by: z.string(),
});
export type AdjustmentView = z.infer<typeof AdjustmentView>;

/** A count, and what the book has to say to it. */
export const CountBasisQuery = z.strictObject({
  sku: Sku,
  locationId: LocationId,
  at: Timestamp,
  counted: wholeNumberText(0, QUANTITY_UNITS_MAX),
});
export const CountBasis = z.object({
  /** What was on hand as of `at`, from the balance and the movements since. */
  expected: z.int(),
  /** As of now. */
  available: z.int(),
  held: z.int(),
  committed: z.int(),
  tolerance: z.optional(z.object({ units: z.optional(z.int()), percent: z.optional(z.number()) })),
  /** The location's last count, which must still be the last one when this count is posted. */
  lastCount: z.optional(z.object({ countId: z.string(), countedAt: Timestamp })),
  /** The location's last manual adjustment, which must still be the last one when this count is posted. */
  lastAdjustmentId: z.optional(z.string()),
  /** Manual adjustments later than `at`, oldest first, at most ADJUSTMENTS_LISTED_MAX: they may have taken the difference already. */
  adjustments: z.array(AdjustmentView),
  /** Total number of manual adjustments later than `at`. */
  adjustmentsTotal: z.int(),
  /** Time of the location's first movement, where that is later than `at`: the book says nothing of a time before. */
  firstMovementAt: z.optional(Timestamp),
  /** Where fewer were counted than are committed: the orders that can no longer be kept, newest first. */
  unfulfillable: z.array(
    z.object({
      reservationId: z.string(),
      orderId: z.optional(z.string()),
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
  /** What the book said, as of `countedAt`. */
  expected: Balance,
  /** What is posted: `counted - expected`, or as much of it as the approver decided. */
  delta: Balance,
  lastCountId: z.optional(z.string()),
  lastAdjustmentId: z.optional(z.string()),
  findingId: z.optional(Id),
  reference: z.optional(Text),
  /** Who counted, or approved. */
  by: z.string().check(z.minLength(1), z.maxLength(512)),
});
export type PostCountRequest = z.infer<typeof PostCountRequest>;

/** What became of the record. */
export const RepairedView = z.object({
  outcome: z.enum(['repaired', 'unchanged']),
  /** Of the order, payment or reservation; of a cell, its new version. */
  status: z.string(),
});
export type RepairedView = z.infer<typeof RepairedView>;
