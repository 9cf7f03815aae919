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
import type { ReadRecords, ReadRecordsPage } from '../../shared/core/unreadable-record.ts';
import type { QueueDepth } from '../domain/check-reservations.ts';
import type { Count } from '../domain/count.ts';
import type { Finding } from '../domain/finding.ts';
import type { Repair, RepairCaps, RepairCommand } from '../domain/repair.ts';
import type { Run, Segment, SegmentId } from '../domain/run.ts';

/** One of so many parts of another context's records, from where the last page ended. */
export type ScanPosition = {
  readonly segment: number;
  readonly segments: number;
  readonly cursor?: string | undefined;
};

/**
 * The audits of the other contexts, over their service routes. Records asked for by ids are those that there are; one that is there
 * and cannot be read is told apart, for nothing may be said of what it is compared with. Throws RetryLater where a context does not
 * answer.
 */
export interface AuditClient {
  cells(part: ScanPosition & { readonly full: boolean }): Promise<CellAuditPage>;
  /** One cell, with reservations that may have moved units in it without a trace. */
  cell(cell: CellName, reservationIds: readonly string[], full: boolean): Promise<CellAuditPage>;
  reservations(ids: readonly string[]): Promise<ReadRecords<ReservationAudit>>;
  orders(part: ScanPosition): Promise<ReadRecordsPage<OrderAudit>>;
  ordersById(ids: readonly string[]): Promise<ReadRecords<OrderAudit>>;
  payments(part: ScanPosition): Promise<ReadRecordsPage<PaymentAudit>>;
  /** By `<orderId>-<attempt>`. */
  paymentsById(ids: readonly string[]): Promise<ReadRecords<PaymentAudit>>;
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
export type RepairError = {
  readonly kind: 'rejected';
  readonly code: string;
  readonly detail: string;
};
export type RepairRequest = {
  readonly findingId: string;
  readonly command: RepairCommand;
  readonly by: string;
  readonly correlationId: string;
  /** Time by which the caller needs the answer. */
  readonly deadline?: Instant | undefined;
};

/** The repair commands of the owning contexts. Repeating one does it once. Throws RetryLater where the owner does not answer. */
export interface RepairClient {
  repair(order: RepairRequest): Promise<Result<{ readonly status: string }, RepairError>>;
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
  listSegments(reconciliationId: string): Promise<readonly Segment[]>;
  getSegment(part: SegmentId): Promise<Segment | undefined>;
  saveSegment(segment: Segment): Promise<boolean>;
  /** Notes that the run met the finding, and whether it was repaired in it. */
  recordRunFinding(reconciliationId: string, findingId: string, isRepaired: boolean): Promise<void>;
  listRunFindings(
    reconciliationId: string,
  ): Promise<ReadonlyMap<string, { readonly isRepaired: boolean }>>;
  /** Reservations to audit the cell with. */
  addSuspect(reconciliationId: string, cell: CellName, reservationId: string): Promise<void>;
  listSuspects(reconciliationId: string, cell: CellName): Promise<readonly string[]>;
  listSuspectCells(reconciliationId: string): Promise<readonly CellName[]>;
  /**
   * Takes the repair's units from the run's caps, once for each thing. Repeating the claim of a finding at the same revision
   * takes nothing more. Returns the reason where the claim cannot be made.
   */
  claimRepair(
    run: Run,
    finding: Finding,
    repair: Repair,
    caps: RepairCaps,
  ): Promise<'claimed' | 'alreadyRepaired' | 'capsExhausted'>;
  /** Gives back the finding's claim of a repair that changed nothing; does nothing where it has none. */
  releaseClaim(run: Run, finding: Finding, repair: Repair): Promise<void>;
}
/** Reconciliation's own records, of which nothing but their form is audited. */
export interface OwnRecords {
  scanUnreadable(part: ScanPosition): Promise<ReadRecordsPage<never>>;
}

export interface CountStore {
  get(countId: string): Promise<Count | undefined>;
  /** False when the stored count is no longer at the version before this one's. */
  save(count: Count): Promise<boolean>;
}

/** What is to be done in the background: a part of a run, or a finding's approved repair. */
export type WorkMessage =
  | { readonly kind: 'scan'; readonly segmentId: SegmentId }
  | {
      readonly kind: 'repair';
      readonly findingId: string;
      /** Names the approval: a later one has messages of its own. */
      readonly approvedAt: string;
      readonly attempt: number;
    };

export interface WorkQueue {
  send(work: readonly WorkMessage[], delaySeconds?: number): Promise<void>;
}

export interface DeadLetterQueues {
  getDepths(): Promise<readonly QueueDepth[]>;
}

export interface Metrics {
  /** Writes metrics of the moment. */
  putMetrics(
    metrics: Readonly<
      Record<string, { readonly value: number; readonly unit: 'Count' | 'Seconds' }>
    >,
  ): void;
}

export interface Delay {
  /** Waits before a second look: longer than a transaction takes to show in full. */
  beforeSecondRead(): Promise<void>;
}

/** Ports of the repair of a finding. */
export type RepairPorts = {
  readonly findings: FindingStore;
  readonly counts: CountStore;
  readonly repairs: RepairClient;
  readonly audits: AuditClient;
  readonly queue: WorkQueue;
};

/** Ports of the scan of a page. */
export type ScanPorts = {
  readonly audits: AuditClient;
  readonly runs: RunStore;
  readonly records: OwnRecords;
  readonly queues: DeadLetterQueues;
  readonly delay: Delay;
};

/** Ports of a worker of runs. */
export type RunPorts = RepairPorts & ScanPorts & { readonly metrics: Metrics };
