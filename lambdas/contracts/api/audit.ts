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
  PlaceId,
  Quantity,
  SHARDS_MAX,
  Sku,
  Timestamp,
} from '../primitives.ts';
import { Account, MovementDetails, MovementKind } from './inventory.ts';
import { OrderStatus } from './orders.ts';
import { ReservationStatus } from './reservations.ts';
import { UnreadableRecord } from './unreadable-record.ts';

export const SagaExecutionStatus = z.enum([
  'NOT_STARTED',
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
  'TIMED_OUT',
  'ABORTED',
  /** Step Functions no longer keeps the execution, so its outcome is unknown. */
  'NOT_RETAINED',
]);
export type SagaExecutionStatus = z.infer<typeof SagaExecutionStatus>;

export const OrderAudit = z.object({
  orderId: Id,
  status: OrderStatus,
  version: z.int(),
  /** Time at which the order got this status. */
  since: Timestamp,
  createdAt: Timestamp,
  lines: z.array(z.object({ sku: Sku, quantity: Quantity })),
  total: Money,
  /** Payment attempt; 0 if there was none. */
  attempt: z.int(),
  /** Present if the order has been PAYING, CONFIRMED or CANCELLING for more than the grace time. */
  saga: z.optional(z.object({ name: z.string(), execution: SagaExecutionStatus })),
});
export type OrderAudit = z.infer<typeof OrderAudit>;

/** Payment with amounts in minor units. */
export const PaymentAudit = z.object({
  orderId: Id,
  attempt: z.int(),
  status: PaymentStatus,
  version: z.int(),
  updatedAt: Timestamp,
  amount: z.int(),
  currency: z.string(),
  capturedAmount: z.int(),
  /** Sum of the completed refunds. */
  refundedAmount: z.int(),
  refunds: z.array(RefundAudit),
});
export type PaymentAudit = z.infer<typeof PaymentAudit>;

export const CellName = z.object({ sku: Sku, locationId: PlaceId, shard: z.int() });
export type CellName = z.infer<typeof CellName>;

export const ReservationAudit = z.object({
  reservationId: Id,
  orderId: z.optional(z.string()),
  /** Stored status, which stays HELD after the hold expired. */
  status: ReservationStatus,
  heldUntil: z.optional(Timestamp),
  version: z.int(),
  updatedAt: Timestamp,
  lines: z.array(z.object({ ...CellName.shape, quantity: Quantity })),
  /** Cells of its lines that have no RESERVED movement for it. */
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

/** Units by account. `held` maps an expiry in epoch seconds to units. */
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
  locationId: z.optional(PlaceId),
});
/** Movement that changed a balance and is not stored. Times in epoch milliseconds. */
export const LostMovement = z.object({
  kind: MovementKind,
  quantity: z.int().check(z.minimum(1), z.maximum(BALANCE_UNITS_MAX)),
  from: AccountRef,
  to: AccountRef,
  movementId: z.optional(z.string()),
  reservationId: z.optional(z.string()),
  orderId: z.optional(z.string()),
  ...MovementDetails.shape,
  effectiveAt: z.optional(EpochMilliseconds),
  by: z.optional(z.string()),
});
export type LostMovement = z.infer<typeof LostMovement>;

/** Units of a reservation in one cell. `held` maps an expiry in epoch seconds to units. */
export const ReservedUnits = z.object({ held: z.record(z.string(), z.int()), committed: z.int() });
export type ReservedUnits = z.infer<typeof ReservedUnits>;

const cellVersion = { cell: CellName, version: z.int() };
/** Disagreement of a cell's records, found by two reads between which the cell did not change. */
export const CellDisagreement = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('BALANCE_DIFFERS'),
    ...cellVersion,
    balance: Accounts,
    movements: Accounts,
    /** Reason to doubt the movements. Absent if every idempotency record agrees with them. */
    doubt: z.exactOptional(
      z.enum([
        'RECORD_CONFLICT',
        'OPERATION_RECORD_MISSING',
        'NEGATIVE_SUM',
        'OPEN_HOLD',
        'UNREADABLE_RECORD',
      ]),
    ),
    /** False if there is a doubt other than OPERATION_RECORD_MISSING. */
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
    /** True if the balance includes the movements, or was changed since and may include them. */
    isRestorable: z.boolean(),
    /** True if the balance includes them, so that only the movements are missing. */
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
    /** Units according to its movements (`expected`) and to its record (`actual`). */
    expected: ReservedUnits,
    actual: ReservedUnits,
    /** False if the balance disagrees too, because then the movements may be wrong. */
    isCertain: z.boolean(),
    since: Timestamp,
  }),
]);
export type CellDisagreement = z.infer<typeof CellDisagreement>;

export const CellAuditPage = z.object({
  checked: z.int(),
  /** Cells that changed between all reads, so that no difference could be confirmed. */
  unsettled: z.array(CellName),
  disagreements: z.array(CellDisagreement),
  /** COMMITTED reservations of these cells. Each is listed at the cell of its first line only. */
  committed: z.array(z.string()),
  /** Unreadable records of these cells and SKUs, and idempotency records of their movements. */
  unreadable: z.array(UnreadableRecord),
  /** Locations without a record, each with one SKU of the page that names it. */
  missingLocations: z.array(z.object({ locationId: LocationId, sku: Sku })),
  cursor: z.optional(z.string()),
});
export type CellAuditPage = z.infer<typeof CellAuditPage>;
