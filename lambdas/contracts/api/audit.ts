import * as z from 'zod/mini';
import { PaymentStatus, RefundAudit } from '../payment-commands.ts';
import {
  BALANCE_UNITS_MAX,
  Balance,
  EpochMilliseconds,
  EpochSeconds,
  ExpiryBucket,
  Id,
  LocationId,
  Money,
  Quantity,
  SHARDS_MAX,
  Sku,
  Timestamp,
  wholeNumberText,
} from '../primitives.ts';
import { Account, AdjustmentReason, MovementKind, ReservationStatus } from './inventory.ts';
import { OrderStatus } from './orders.ts';
import { UnreadableRecord } from './unreadable-record.ts';

/** Maximum records of an audit page, and maximum ids of one request. */
export const AUDIT_ITEMS_MAX = 100;
export const AUDIT_SEGMENTS_MAX = 64;

/** The id of an order (up to 64 characters), or of a payment: an order and its attempt. */
const AuditId = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$/));
const commaSeparated = <Item extends z.ZodMiniType<unknown, string>>(item: Item) =>
  z.pipe(
    z.string(),
    z.pipe(
      z.transform((text: string) => text.split(',')),
      z.array(item).check(z.minLength(1), z.maxLength(AUDIT_ITEMS_MAX)),
    ),
  );

const segmentQuery = {
  segment: z._default(wholeNumberText(0, AUDIT_SEGMENTS_MAX - 1), 0),
  segments: z._default(wholeNumberText(1, AUDIT_SEGMENTS_MAX), 1),
  cursor: z.optional(z.string().check(z.maxLength(1024))),
};
const isSegmentInRange = z.refine<{ readonly segment: number; readonly segments: number }>(
  ({ segment, segments }) => segment < segments,
  { path: ['segment'], error: 'must be below segments' },
);

/** Asks for a page of a scan, or for the records of `ids` that exist. */
export const AuditQuery = z
  .strictObject({ ...segmentQuery, ids: z.optional(commaSeparated(AuditId)) })
  .check(isSegmentInRange);
export type AuditQuery = z.infer<typeof AuditQuery>;

export const ReservationAuditQuery = z.strictObject({ ids: commaSeparated(AuditId) });

export const CellAuditQuery = z
  .strictObject({
    ...segmentQuery,
    /** From the first movement, whatever checkpoints there are. */
    full: z.optional(z.literal('true')),
    /** One cell only. */
    sku: z.optional(Sku),
    locationId: z.optional(LocationId),
    shard: z.optional(wholeNumberText(0, AUDIT_SEGMENTS_MAX)),
    /** Reservations that may have moved units in the cell without a trace among its movements. */
    suspectReservationIds: z.optional(commaSeparated(AuditId)),
  })
  .check(isSegmentInRange);
export type CellAuditQuery = z.infer<typeof CellAuditQuery>;

export const SagaExecutionStatus = z.enum([
  'NOT_STARTED',
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
  'TIMED_OUT',
  'ABORTED',
  /** Older than Step Functions keeps an execution: what became of it is not known. */
  'NOT_RETAINED',
]);
export type SagaExecutionStatus = z.infer<typeof SagaExecutionStatus>;

export const OrderAudit = z.object({
  orderId: Id,
  status: OrderStatus,
  version: z.int(),
  /** When it came to be in this status. */
  since: Timestamp,
  createdAt: Timestamp,
  lines: z.array(z.object({ sku: Sku, quantity: Quantity })),
  total: Money,
  /** Of the payment; 0 when it was never asked to pay. */
  attempt: z.int(),
  /** Told of an order that has been PAYING, CONFIRMED or CANCELLING for longer than the grace time. */
  saga: z.optional(z.object({ name: z.string(), execution: SagaExecutionStatus })),
});
export type OrderAudit = z.infer<typeof OrderAudit>;

/** Amounts in minor units. */
export const PaymentAudit = z.object({
  orderId: Id,
  attempt: z.int(),
  status: PaymentStatus,
  version: z.int(),
  updatedAt: Timestamp,
  amount: z.int(),
  currency: z.string(),
  capturedAmount: z.int(),
  /** Sum of the refunds that are done. */
  refundedAmount: z.int(),
  refunds: z.array(RefundAudit),
});
export type PaymentAudit = z.infer<typeof PaymentAudit>;

export const CellName = z.object({ sku: Sku, locationId: LocationId, shard: z.int() });
export type CellName = z.infer<typeof CellName>;

export const ReservationAudit = z.object({
  reservationId: Id,
  orderId: z.optional(z.string()),
  /** As it is stored: a hold that lapsed says HELD until somebody asks for it. */
  status: ReservationStatus,
  heldUntil: z.optional(Timestamp),
  version: z.int(),
  updatedAt: Timestamp,
  lines: z.array(z.object({ ...CellName.shape, quantity: Quantity })),
  /** Cells of its lines that have no movement of its reserving. */
  linesWithoutMovement: z.array(CellName),
});
export type ReservationAudit = z.infer<typeof ReservationAudit>;

const pageOf = <Item extends z.ZodMiniType>(item: Item) =>
  z.object({
    items: z.array(item),
    unreadable: z.array(UnreadableRecord),
    cursor: z.optional(z.string()),
  });
export const OrderAuditPage = pageOf(OrderAudit);
export const PaymentAuditPage = pageOf(PaymentAudit);
export const ReservationAuditPage = pageOf(ReservationAudit);

/** Units by account; `held` by the moment at which it lapses, in epoch seconds. */
export const Accounts = z.object({
  available: Balance,
  held: z.record(ExpiryBucket, Balance),
  committed: Balance,
});
export type Accounts = z.infer<typeof Accounts>;

const Shard = z.int().check(z.minimum(0), z.maximum(SHARDS_MAX - 1));
const AccountRef = z.object({
  account: Account,
  bucket: z.optional(EpochSeconds),
  shard: z.optional(Shard),
});
/** A transfer that changed a balance and is not among its movements. Times in milliseconds since 1970. */
export const LostMovement = z.object({
  kind: MovementKind,
  quantity: z.int().check(z.minimum(1), z.maximum(BALANCE_UNITS_MAX)),
  from: AccountRef,
  to: AccountRef,
  movementId: z.optional(z.string()),
  reservationId: z.optional(z.string()),
  orderId: z.optional(z.string()),
  reason: z.optional(AdjustmentReason),
  note: z.optional(z.string()),
  reference: z.optional(z.string()),
  effectiveAt: z.optional(EpochMilliseconds),
  by: z.optional(z.string()),
});
export type LostMovement = z.infer<typeof LostMovement>;

/** Units that a reservation has in a cell. */
export const ReservedUnits = z.object({ held: z.record(z.string(), z.int()), committed: z.int() });
export type ReservedUnits = z.infer<typeof ReservedUnits>;

const cellVersion = { cell: CellName, version: z.int() };
/** What an audited cell has against itself. It stood at two looks, between which the cell did not change. */
export const CellDisagreement = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('BALANCE_DIFFERS'),
    ...cellVersion,
    balance: Accounts,
    movements: Accounts,
    /** What makes the movements doubtful; absent where every marker agrees with them. Without a rebuild but for `OPERATION`. */
    doubt: z.exactOptional(
      z.enum([
        'RECORD_CONFLICT',
        'OPERATION_RECORD_MISSING',
        'NEGATIVE_SUM',
        'OPEN_HOLD',
        'UNREADABLE_RECORD',
      ]),
    ),
    isRebuildable: z.boolean(),
  }),
  z.object({ kind: z.literal('BALANCE_NEGATIVE'), ...cellVersion, balance: Accounts }),
  z.object({
    kind: z.literal('EXPIRED_BUCKET_NOT_EMPTY'),
    ...cellVersion,
    balance: Accounts,
    expiredThrough: z.int(),
  }),
  z.object({
    kind: z.literal('MOVEMENT_MISSING'),
    ...cellVersion,
    lost: z.array(LostMovement),
    /** True where they can be written again: the balance has them, or it has been changed and may have them. */
    isRestorable: z.boolean(),
    /** True where the balance has them, so that the movements are all that is missing. */
    isCertain: z.boolean(),
    since: Timestamp,
  }),
  z.object({
    kind: z.literal('RECORD_MISSING'),
    ...cellVersion,
    record: z.string(),
    movementIds: z.array(z.string()),
    quantity: z.int(),
    since: Timestamp,
  }),
  z.object({
    kind: z.literal('RESERVATION_DIFFERS'),
    ...cellVersion,
    reservationId: z.string(),
    orderId: z.optional(z.string()),
    reservationVersion: z.int(),
    status: ReservationStatus,
    /** By its movements. */
    expected: ReservedUnits,
    /** By its record. */
    actual: ReservedUnits,
    /** False where the balance disagrees too, so that the movements may be what is wrong. */
    isCertain: z.boolean(),
    since: Timestamp,
  }),
]);
export type CellDisagreement = z.infer<typeof CellDisagreement>;

export const CellAuditPage = z.object({
  checked: z.int(),
  /** Cells that changed at every look, so that a difference could be neither confirmed nor denied. */
  unsettled: z.array(CellName),
  disagreements: z.array(CellDisagreement),
  /** Reservations whose units are committed in these cells, each at the cell of its first line. */
  committed: z.array(z.string()),
  /** Records of these cells and SKUs, and markers of their movements. */
  unreadable: z.array(UnreadableRecord),
  cursor: z.optional(z.string()),
});
export type CellAuditPage = z.infer<typeof CellAuditPage>;
