import * as z from 'zod/mini';
import {
  Id,
  ListQuery,
  LocationId,
  QUANTITY_UNITS_MAX,
  Sku,
  Text,
  Timestamp,
} from '../primitives.ts';

/** Kinds of findings. Each has its own page in docs/runbook. */
export const FindingKind = z.enum([
  'BALANCE_DIFFERS',
  'BALANCE_NEGATIVE',
  'EXPIRED_BUCKET_NOT_EMPTY',
  'MOVEMENT_MISSING',
  'RECORD_MISSING',
  'RESERVATION_DIFFERS',
  'LOCATION_MISSING',
  'ORDER_WITHOUT_RESERVATION',
  'ORDER_STOCK_NOT_COMMITTED',
  'ORDER_NOT_SHIPPED',
  'ORDER_LINES_DIFFER',
  'CANCELLED_ORDER_HOLDS_STOCK',
  'RESERVATION_WITHOUT_ORDER',
  'CAPTURE_MISSING',
  'CAPTURE_DIFFERS',
  'CANCELLED_ORDER_KEEPS_MONEY',
  'PAYMENT_WITHOUT_ORDER',
  'REFUND_EXCEEDS_CAPTURE',
  'REFUND_FAILED',
  'REFUND_UNRECORDED',
  'SAGA_STUCK',
  'ORDER_NEEDS_ATTENTION',
  'DEAD_LETTERS',
  'COUNT_DIFFERS',
  'RECORD_UNREADABLE',
]);
export type FindingKind = z.infer<typeof FindingKind>;

/**
 * OPEN awaits a decision, and APPROVED a repair. REPAIRED, DISMISSED (by a person) and CLOSED (the
 * disagreement is gone) are final.
 */
export const FindingStatus = z.enum(['OPEN', 'APPROVED', 'REPAIRED', 'DISMISSED', 'CLOSED']);
export type FindingStatus = z.infer<typeof FindingStatus>;

/** Time limit of a run. A run that exceeds it fails. */
export const RUN_SECONDS_MAX = 20 * 3_600;

export const FindingPath = z.strictObject({ findingId: Id });
export const ReconciliationPath = z.strictObject({ reconciliationId: Id });

/** `full` audits each cell from its first movement, not from its last checkpoint. */
export const StartReconciliationRequest = z.strictObject({ full: z.optional(z.boolean()) });

export const ListFindingsQuery = z.extend(ListQuery, {
  status: z._default(z.enum(['open', 'approved', 'repaired', 'dismissed', 'closed']), 'open'),
});

/** Revision of the finding that the caller read. Another revision returns 409 FINDING_CHANGED. */
const ReviewedRevision = z.int().check(z.minimum(1));

export const ApproveFindingRequest = z.strictObject({
  revision: ReviewedRevision,
  note: z.optional(Text),
  /** Decision about orders that a count leaves without units. Required for such a count. */
  orderDecision: z.optional(z.enum(['cancel', 'keep'])),
});
export type ApproveFindingRequest = z.infer<typeof ApproveFindingRequest>;
export const DismissFindingRequest = z.strictObject({
  revision: ReviewedRevision,
  note: z.optional(Text),
});

export const CountStockRequest = z.strictObject({
  counted: z.int().check(z.minimum(0), z.maximum(QUANTITY_UNITS_MAX)),
  locationId: z.optional(LocationId),
  /** Time of the count, not in the future. Defaults to the arrival of the first request. */
  countedAt: z.optional(Timestamp),
  reference: z.optional(Text),
});
export type CountStockRequest = z.infer<typeof CountStockRequest>;

export const CountView = z.object({
  countId: z.string(),
  sku: Sku,
  locationId: LocationId,
  countedAt: Timestamp,
  expected: z.int(),
  counted: z.int(),
  difference: z.int(),
  /**
   * SUPERSEDED: a newer count of this location is posted or awaits approval. This one moves
   * nothing.
   */
  status: z.enum(['POSTED', 'PENDING_APPROVAL', 'SUPERSEDED']),
  /** Finding that asks, or asked, for approval. */
  findingId: z.optional(z.string()),
  /** Id of the newer count. */
  supersededBy: z.optional(z.string()),
  /** True if an earlier request with this key had this result. Nothing was posted again. */
  repeated: z.optional(z.boolean()),
});
export type CountView = z.infer<typeof CountView>;

export const StartedReconciliationView = z.object({ reconciliationId: Id });

/**
 * Targets of a scan: records of each context, dead-letter queues and cells. `suspectCells` are
 * audited with the reservations whose movements may be missing.
 */
export const ScanTarget = z.enum([
  'orders',
  'payments',
  'queues',
  'records',
  'suspectCells',
  'cells',
]);
export type ScanTarget = z.infer<typeof ScanTarget>;

/** A segment of a run that is not done. */
export const PendingSegmentView = z.object({
  target: ScanTarget,
  /** Number of the segment, from 1. */
  segment: z.int(),
  segments: z.int(),
  /** Pages scanned so far. */
  pages: z.int(),
  /** Time of its last page or failed attempt. Start of the run before the first one. */
  since: Timestamp,
  /** Number of failed attempts at the next page. `lastError` is the last error. */
  failedAttempts: z.int(),
  lastError: z.optional(z.string()),
});
export type PendingSegmentView = z.infer<typeof PendingSegmentView>;

export const ReconciliationView = z.object({
  reconciliationId: Id,
  status: z.enum(['RUNNING', 'COMPLETED', 'FAILED']),
  startedAt: Timestamp,
  finishedAt: z.nullable(Timestamp),
  checked: z.object({ cells: z.int(), reservations: z.int(), orders: z.int(), payments: z.int() }),
  /** Cells that kept changing during their audit. The next run checks them. */
  unsettledCells: z.int(),
  /** Findings of this run, repaired ones included. */
  findings: z.int(),
  repaired: z.int(),
  /** Segments to scan. Empty for a finished run. */
  pendingSegments: z.array(PendingSegmentView),
  /** Reason of the status FAILED. */
  failure: z.optional(z.string()),
});
export type ReconciliationView = z.infer<typeof ReconciliationView>;

export const FindingView = z.object({
  findingId: Id,
  kind: FindingKind,
  /**
   * Subject: `cell:<sku>/<locationId>/<shard>`, `order:<id>`, `reservation:<id>`,
   * `payment:<order>-<attempt>`, `location:<id>`, `queue:<name>`, `count:<sku>/<locationId>` or
   * `record:<table>/<key>`.
   */
  subject: z.string(),
  expected: z.unknown(),
  actual: z.unknown(),
  difference: z.unknown(),
  explanation: z.string(),
  /** Movements or records that disagree. */
  records: z.array(z.unknown()),
  since: Timestamp,
  detectedAt: Timestamp,
  /** Effect of an approval. Absent if only a person knows the right values. */
  proposedRepair: z.optional(z.object({ action: z.string(), effect: z.string() })),
  status: FindingStatus,
  /** Rises when content or proposal changes, and on reopening. Decisions name it. */
  revision: z.int(),
  /** Approval of the current or last repair. */
  approval: z.optional(
    z.object({
      by: z.string(),
      at: Timestamp,
      orderDecision: z.optional(z.enum(['cancel', 'keep'])),
    }),
  ),
  reconciliationId: z.optional(z.string()),
  note: z.optional(z.string()),
  /** Reason why the last attempt to repair it did nothing. */
  lastError: z.optional(z.string()),
});
export type FindingView = z.infer<typeof FindingView>;

/**
 * Input of a scheduled run. The time is the key of the run. A placeholder that Scheduler did not
 * replace would always be the same key, so that only the first run would start.
 */
export const ScheduledRun = z.object({
  scheduledTime: z.optional(
    z.iso.datetime(
      'must be a time (ISO 8601, UTC), for example 2026-11-24T03:00:00Z. Configure the schedule to send <aws.scheduler.scheduled-time>',
    ),
  ),
  full: z.optional(z.boolean()),
});

/** Message of the reconciler's work queue. */
export const ReconciliationWork = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('scan'),
    segmentId: z.object({
      reconciliationId: Id,
      target: ScanTarget,
      segment: z.int(),
    }),
  }),
  z.object({ kind: z.literal('repair'), findingId: Id, approvedAt: Timestamp, attempt: z.int() }),
]);
