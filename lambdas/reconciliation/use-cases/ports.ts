import type {
  CellAuditPage,
  CellName,
  OrderAudit,
  PaymentAudit,
  ReservationAudit,
} from '../../contracts/api/audit.ts';
import type { FindingStatus } from '../../contracts/api/reconciliation.ts';
import type { CountBasis } from '../../contracts/api/repair.ts';
import type { Instant } from '../../shared/core/instant.ts';
import type { Page, PageRequest } from '../../shared/core/page.ts';
import type { Result } from '../../shared/core/result.ts';
import type { ReadRecords, ReadRecordsPage } from '../../shared/core/unreadable-record.ts';
import type { QueueDepth } from '../domain/checks/check-reservations.ts';
import type { Count } from '../domain/counts/count.ts';
import type { Finding } from '../domain/finding.ts';
import type { Repair, RepairCaps, RepairCommand } from '../domain/repair.ts';
import type { Run, Segment, SegmentId } from '../domain/run.ts';

/** A segment of another context's records, and the cursor of its next page. */
export type ScanPosition = {
  readonly segment: number;
  readonly segments: number;
  readonly cursor?: string | undefined;
};

/**
 * Audits of the other contexts, over their service routes. Reads by id return the records that
 * exist. A record that cannot be read is listed as unreadable, because records compared with it are
 * not checked. Throws RetryLaterError if a context does not respond.
 */
export interface AuditClient {
  cells(position: ScanPosition & { readonly full: boolean }): Promise<CellAuditPage>;
  /** Audits one cell with the reservations whose movements in it may be missing. */
  cell(cell: CellName, reservationIds: readonly string[], full: boolean): Promise<CellAuditPage>;
  reservations(ids: readonly string[]): Promise<ReadRecords<ReservationAudit>>;
  orders(position: ScanPosition): Promise<ReadRecordsPage<OrderAudit>>;
  ordersById(ids: readonly string[]): Promise<ReadRecords<OrderAudit>>;
  payments(position: ScanPosition): Promise<ReadRecordsPage<PaymentAudit>>;
  /** Ids have the form `<orderId>-<attempt>`. */
  paymentsById(ids: readonly string[]): Promise<ReadRecords<PaymentAudit>>;
  /** Returns undefined for an unknown SKU or location. */
  countBasis(count: {
    readonly sku: string;
    readonly locationId: string;
    readonly at: string;
    readonly counted: number;
    /** Time by which the caller needs the response. */
    readonly deadline?: Instant | undefined;
  }): Promise<CountBasis | undefined>;
}

/**
 * Rejection by the owner: its record has changed or does not allow the command. Nothing was
 * written.
 */
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
  /** Time by which the caller needs the response. */
  readonly deadline?: Instant | undefined;
};

/**
 * Repair commands of the owning contexts. A repeated command is applied once. Throws
 * RetryLaterError if the owner does not respond.
 */
export interface RepairClient {
  repair(order: RepairRequest): Promise<Result<{ readonly status: string }, RepairError>>;
}

export interface FindingStore {
  /** Reads with strong consistency. */
  get(findingId: string): Promise<Finding | undefined>;
  /** Returns false if the stored finding is not at the previous version. */
  save(finding: Finding): Promise<boolean>;
  /** Lists newest first, from an index that is eventually consistent. */
  list(status: FindingStatus, page: PageRequest): Promise<Page<Finding>>;
}

/** The findings that a run detected, by id. */
export type RunFindings = ReadonlyMap<string, { readonly isRepaired: boolean }>;

export interface RunStore {
  get(reconciliationId: string): Promise<Run | undefined>;
  /** Returns false if the stored run is not at the previous version. */
  save(run: Run): Promise<boolean>;
  /** Lists newest first, from an index that is eventually consistent. */
  list(page: PageRequest): Promise<Page<Run>>;
  listSegments(reconciliationId: string): Promise<readonly Segment[]>;
  getSegment(segmentId: SegmentId): Promise<Segment | undefined>;
  saveSegment(segment: Segment): Promise<boolean>;
  /** Records that the run detected the finding, and whether it repaired it. */
  recordRunFinding(reconciliationId: string, findingId: string, isRepaired: boolean): Promise<void>;
  listRunFindings(reconciliationId: string): Promise<RunFindings>;
  /** Records a reservation to audit the cell with. */
  addSuspect(reconciliationId: string, cell: CellName, reservationId: string): Promise<void>;
  listSuspects(reconciliationId: string, cell: CellName): Promise<readonly string[]>;
  listSuspectCells(reconciliationId: string): Promise<readonly CellName[]>;
  /**
   * Takes the units of a repair from the caps of the run, once per subject. A repeated claim of the
   * same finding and revision takes nothing more. Returns the reason if the claim is rejected.
   */
  claimRepair(
    run: Run,
    finding: Finding,
    repair: Repair,
    caps: RepairCaps,
  ): Promise<'claimed' | 'alreadyRepaired' | 'capsExhausted'>;
  /**
   * Releases the claim of a repair that changed nothing. Does nothing if the finding has no claim.
   */
  releaseClaim(run: Run, finding: Finding, repair: Repair): Promise<void>;
}
/** Records of reconciliation itself. Their schema is checked, and nothing else. */
export interface OwnRecords {
  scanUnreadable(position: ScanPosition): Promise<ReadRecordsPage<never>>;
}

export interface CountStore {
  get(countId: string): Promise<Count | undefined>;
  /** Returns false if the stored count is not at the previous version. */
  save(count: Count): Promise<boolean>;
}

/** Background work: a scan of a segment, or another attempt at an approved repair. */
export type WorkMessage =
  | { readonly kind: 'scan'; readonly segmentId: SegmentId }
  | {
      readonly kind: 'repair';
      readonly findingId: string;
      /** Time of the approval, which identifies it. A later approval has its own messages. */
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
  /** Writes the values of metrics. */
  putMetrics(
    metrics: Readonly<
      Record<string, { readonly value: number; readonly unit: 'Count' | 'Seconds' }>
    >,
  ): void;
}

export interface Delay {
  /** Waits longer than a transaction takes to become visible in all its items. */
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
