import * as z from 'zod/mini';
import {
  Id,
  ListQuery,
  LocationId,
  QUANTITY_UNITS_MAX,
  Sku,
  Text,
  Timestamp,
} from './primitives.ts';

/** What can be found. Each has a page of its own in docs/runbook. */
export const FindingKind = z.enum([
  'BALANCE_DIFFERS',
  'BALANCE_NEGATIVE',
  'EXPIRED_BUCKET_NOT_EMPTY',
  'MOVEMENT_MISSING',
  'RECORD_MISSING',
  'RESERVATION_DIFFERS',
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
 * OPEN waits for a person; APPROVED is being repaired; REPAIRED, DISMISSED (nothing is to be done) and CLOSED (it went away by
 * itself) are over.
 */
export const FindingStatus = z.enum(['OPEN', 'APPROVED', 'REPAIRED', 'DISMISSED', 'CLOSED']);
export type FindingStatus = z.infer<typeof FindingStatus>;

/** A run that has not finished by then is given up; the next one starts anew. */
export const RUN_SECONDS_MAX = 20 * 3_600;

export const FindingPath = z.strictObject({ findingId: Id });
export const ReconciliationPath = z.strictObject({ reconciliationId: Id });

/** `full` audits each cell from its first movement, not from its last checkpoint. */
export const StartReconciliationRequest = z.strictObject({ full: z.optional(z.boolean()) });

export const ListFindingsQuery = z.extend(ListQuery, {
  status: z._default(z.enum(['open', 'approved', 'repaired', 'dismissed', 'closed']), 'open'),
});

/** Revision of the finding that was seen: 409 FINDING_CHANGED where it is another by now. */
const ReviewedRevision = z.int().check(z.minimum(1));

export const ApproveFindingRequest = z.strictObject({
  revision: ReviewedRevision,
  note: z.optional(Text),
  /** Of a count that leaves fewer units than are committed: what becomes of the orders that can no longer be kept. */
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
  /** When it was counted; by default when the request first arrived. Not in the future. */
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
  /** SUPERSEDED: a count of this location that is not older was posted or waits for approval, so this one moves nothing. */
  status: z.enum(['POSTED', 'PENDING_APPROVAL', 'SUPERSEDED']),
  /** The finding that asks for approval, or asked for it. */
  findingId: z.optional(z.string()),
  /** The count that supersedes this one. */
  supersededBy: z.optional(z.string()),
});
export type CountView = z.infer<typeof CountView>;

export const StartedReconciliationView = z.object({ reconciliationId: Id });

/** What a run walks: records of each context, dead letter queues, and cells, of which the `suspectCells` are looked at with their reservations. */
export const ScanTarget = z.enum([
  'orders',
  'payments',
  'queues',
  'records',
  'suspectCells',
  'cells',
]);
export type ScanTarget = z.infer<typeof ScanTarget>;

/** A part of a run that is not done. */
export const PendingSegmentView = z.object({
  target: ScanTarget,
  /** From 1. */
  segment: z.int(),
  segments: z.int(),
  /** Pages walked so far. */
  pages: z.int(),
  /** When its last page ended, or its last attempt failed; when the run began, before the first. */
  since: Timestamp,
  /** Attempts at the next page that failed, and why the last one did. */
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
  /** Cells that would not hold still; the next run looks at them again. */
  unsettledCells: z.int(),
  /** Disagreements that stand: found in this run, repaired or not. */
  findings: z.int(),
  repaired: z.int(),
  /** What the run waits for; empty once it is over. */
  pendingSegments: z.array(PendingSegmentView),
  /** Why it FAILED. */
  failure: z.optional(z.string()),
});
export type ReconciliationView = z.infer<typeof ReconciliationView>;

export const FindingView = z.object({
  findingId: Id,
  kind: FindingKind,
  /** What it is about: `cell:<sku>/<locationId>/<shard>`, `order:<id>`, `reservation:<id>`, `payment:<order>-<attempt>`, `queue:<name>`, `count:<sku>/<locationId>`, `record:<table>/<key>`. */
  subject: z.string(),
  expected: z.unknown(),
  actual: z.unknown(),
  difference: z.unknown(),
  explanation: z.string(),
  /** The movements or records that disagree. */
  records: z.array(z.unknown()),
  since: Timestamp,
  detectedAt: Timestamp,
  /** What approval will do; absent where only a person can tell what is right. */
  proposedRepair: z.optional(z.object({ action: z.string(), effect: z.string() })),
  status: FindingStatus,
  /** Rises when the finding says or proposes something else, and when it opens again. Approvals and dismissals name it. */
  revision: z.int(),
  /** The approval that is being carried out, or was. */
  approval: z.optional(
    z.object({
      by: z.string(),
      at: Timestamp,
      orderDecision: z.optional(z.enum(['cancel', 'keep'])),
    }),
  ),
  reconciliationId: z.optional(z.string()),
  note: z.optional(z.string()),
  /** Why the last try to repair it did nothing. */
  lastError: z.optional(z.string()),
});
export type FindingView = z.infer<typeof FindingView>;

/**
 * Input of a scheduled run. The time is the run's key: a placeholder that Scheduler did not replace would be the same key for ever, so
 * only the first run would start.
 */
export const ScheduledRun = z.object({
  scheduledTime: z.optional(
    z.iso.datetime(
      'must be a time (ISO 8601, UTC), for example 2026-11-24T03:00:00Z: the schedule has to send <aws.scheduler.scheduled-time>',
    ),
  ),
  full: z.optional(z.boolean()),
});

/** What the reconciler's own queue holds. */
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
