import type {
  CellAuditPage,
  CellName,
  OrderAudit,
  PaymentAudit,
  ReservationAudit,
} from '../../contracts/audit-api.ts';
import type { FindingStatus } from '../../contracts/reconciliation-api.ts';
import type { CountBasis } from '../../contracts/repair-api.ts';
import type { Instant } from '../../shared/core/instant.ts';
import type { Page, PageRequest } from '../../shared/core/page.ts';
import type { Result } from '../../shared/core/result.ts';
import type { Found, FoundPage } from '../../shared/core/unreadable.ts';
import type { QueueDepth } from '../domain/check-others.ts';
import type { Count } from '../domain/count.ts';
import type { Finding } from '../domain/finding.ts';
import type { Repair, RepairCommand } from '../domain/repair.ts';
import type { Part, Run, Segment } from '../domain/run.ts';

/** One of so many parts of another context's records, from where the last page ended. */
export type PagePart = {
  readonly segment: number;
  readonly segments: number;
  readonly cursor?: string | undefined;
};

/**
 * The audits of the other contexts, over their service routes. Records asked for by ids are those that there are; one that is there
 * and cannot be read is told apart, for nothing may be said of what it is compared with. Throws RetryLater where a context does not
 * answer.
 */
export interface Audits {
  cells(part: PagePart & { readonly full: boolean }): Promise<CellAuditPage>;
  /** One cell, with reservations that may have moved units in it without a trace. */
  cell(cell: CellName, reservationIds: readonly string[], full: boolean): Promise<CellAuditPage>;
  reservations(ids: readonly string[]): Promise<Found<ReservationAudit>>;
  orders(part: PagePart): Promise<FoundPage<OrderAudit>>;
  ordersById(ids: readonly string[]): Promise<Found<OrderAudit>>;
  payments(part: PagePart): Promise<FoundPage<PaymentAudit>>;
  /** By `<orderId>-<attempt>`. */
  paymentsById(ids: readonly string[]): Promise<Found<PaymentAudit>>;
  /** Undefined for a sku or a location that inventory does not know. */
  countBasis(count: {
    readonly sku: string;
    readonly locationId: string;
    readonly at: string;
    readonly counted: number;
    /** Time by which the caller needs the answer. */
    readonly deadline?: Instant | undefined;
  }): Promise<CountBasis | undefined>;
}

/** The owner rejected the command: its record has moved on, or does not allow it. Nothing was changed. */
export type RepairRefusal = {
  readonly kind: 'refused';
  readonly code: string;
  readonly detail: string;
};
export type RepairOrder = {
  readonly findingId: string;
  readonly command: RepairCommand;
  readonly by: string;
  readonly correlationId: string;
  /** Time by which the caller needs the answer. */
  readonly deadline?: Instant | undefined;
};

/** The repair commands of the owning contexts. Repeating one does it once. Throws RetryLater where the owner does not answer. */
export interface Owners {
  repair(order: RepairOrder): Promise<Result<{ readonly status: string }, RepairRefusal>>;
}

export interface FindingStore {
  /** Strongly consistent. */
  get(findingId: string): Promise<Finding | undefined>;
  /** False when the stored finding is no longer at the version before this one's. */
  save(finding: Finding): Promise<boolean>;
  /** Newest first; of an index that may be a little behind. */
  list(status: FindingStatus, page: PageRequest): Promise<Page<Finding>>;
}

export interface RunStore {
  get(reconciliationId: string): Promise<Run | undefined>;
  /** False when the stored run is no longer at the version before this one's. */
  save(run: Run): Promise<boolean>;
  /** Newest first; of an index that may be a little behind. */
  list(page: PageRequest): Promise<Page<Run>>;
  segments(reconciliationId: string): Promise<readonly Segment[]>;
  segment(part: Part): Promise<Segment | undefined>;
  saveSegment(segment: Segment): Promise<boolean>;
  /** Notes that the run met the finding, and whether it was repaired in it. */
  note(reconciliationId: string, findingId: string, isRepaired: boolean): Promise<void>;
  noted(reconciliationId: string): Promise<ReadonlyMap<string, { readonly isRepaired: boolean }>>;
  /** Reservations to audit the cell with. */
  hint(reconciliationId: string, cell: CellName, reservationId: string): Promise<void>;
  hints(reconciliationId: string, cell: CellName): Promise<readonly string[]>;
  hintedCells(reconciliationId: string): Promise<readonly CellName[]>;
  /**
   * Takes the repair's units from the run's caps, once for each thing. Repeating the claim of a finding at the same revision
   * takes nothing more. Returns the reason where the claim cannot be made.
   */
  claim(
    run: Run,
    finding: Finding,
    repair: Repair,
    caps: Caps,
  ): Promise<'claimed' | 'repairedBefore' | 'aboveCaps'>;
  /** Gives back the finding's claim of a repair that changed nothing; does nothing where it has none. */
  unclaim(run: Run, finding: Finding, repair: Repair): Promise<void>;
}
/** Reconciliation's own records, of which nothing but their form is audited. */
export interface OwnRecords {
  unreadable(part: PagePart): Promise<FoundPage<never>>;
}

export type Caps = { readonly unitsPerSkuMax: number; readonly unitsPerRunMax: number };

export interface CountStore {
  get(countId: string): Promise<Count | undefined>;
  /** False when the stored count is no longer at the version before this one's. */
  save(count: Count): Promise<boolean>;
}

/** What is to be done in the background: a part of a run, or a finding's approved repair. */
export type Work =
  | { readonly kind: 'part'; readonly part: Part }
  | {
      readonly kind: 'repair';
      readonly findingId: string;
      /** Names the approval: a later one has messages of its own. */
      readonly approvedAt: string;
      readonly tried: number;
    };

export interface WorkQueue {
  send(work: readonly Work[], delaySeconds?: number): Promise<void>;
}

export interface DeadLetterQueues {
  depths(): Promise<readonly QueueDepth[]>;
}

export interface Gauges {
  /** Writes metrics of the moment. */
  put(
    metrics: Readonly<
      Record<string, { readonly value: number; readonly unit: 'Count' | 'Seconds' }>
    >,
  ): void;
}

export interface Pauses {
  /** Waits before a second look: longer than a transaction takes to show in full. */
  secondLook(): Promise<void>;
}
