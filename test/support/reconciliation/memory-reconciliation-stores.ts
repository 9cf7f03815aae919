import type { CellName } from '../../../lambdas/contracts/api/audit.ts';
import type { FindingStatus } from '../../../lambdas/contracts/api/reconciliation.ts';
import type { Count } from '../../../lambdas/reconciliation/domain/counts/count.ts';
import type { Finding } from '../../../lambdas/reconciliation/domain/finding.ts';
import {
  nameOfCell,
  type Repair,
  type RepairCaps,
  repairSubjectOf,
  sumUnits,
} from '../../../lambdas/reconciliation/domain/repair.ts';
import type { Run, Segment, SegmentId } from '../../../lambdas/reconciliation/domain/run.ts';
import type {
  CountStore,
  FindingStore,
  Metrics,
  RunStore,
  WorkMessage,
  WorkQueue,
} from '../../../lambdas/reconciliation/use-cases/ports.ts';
import type { PageRequest } from '../../../lambdas/shared/core/page.ts';
import { pageOf } from './page-of.ts';

const saveNextVersion = <Stored extends { readonly version: number }>(
  stored: Map<string, Stored>,
  id: string,
  after: Stored,
): boolean => {
  if ((stored.get(id)?.version ?? 0) !== after.version - 1) return false;
  stored.set(id, after);
  return true;
};

const sortNewestFirst = <Item>(items: readonly Item[], at: (item: Item) => string): Item[] =>
  [...items].sort((a, b) => (at(a) < at(b) ? 1 : -1));

export class MemoryFindings implements FindingStore {
  readonly all = new Map<string, Finding>();

  async get(id: string) {
    return this.all.get(id);
  }

  async save(finding: Finding) {
    return saveNextVersion(this.all, finding.findingId, finding);
  }

  async list(status: FindingStatus, request: PageRequest) {
    const listed = [...this.all.values()].filter((finding) => finding.status === status);
    return pageOf(
      sortNewestFirst(listed, ({ detectedAt }) => detectedAt),
      request,
    );
  }
}

export class MemoryCounts implements CountStore {
  readonly all = new Map<string, Count>();

  async get(id: string) {
    return this.all.get(id);
  }

  async save(count: Count) {
    return saveNextVersion(this.all, count.countId, count);
  }
}

export class MemoryRuns implements RunStore {
  readonly all = new Map<string, Run>();
  readonly segmentsById = new Map<string, Segment>();
  readonly runFindings = new Map<string, { isRepaired: boolean }>();
  readonly suspectsByCell = new Map<string, { cell: CellName; ids: Set<string> }>();
  readonly claims = new Map<string, Claim>();
  readonly capUsage = new Map<string, number>();

  async get(id: string) {
    return this.all.get(id);
  }

  async save(run: Run) {
    return saveNextVersion(this.all, run.reconciliationId, run);
  }

  async list(request: PageRequest) {
    return pageOf(
      sortNewestFirst([...this.all.values()], ({ startedAt }) => startedAt),
      request,
    );
  }

  async listSegments(id: string) {
    return [...this.segmentsById.values()].filter(
      ({ reconciliationId }) => reconciliationId === id,
    );
  }

  async getSegment(segmentId: SegmentId) {
    return this.segmentsById.get(segmentKeyOf(segmentId));
  }

  async saveSegment(segment: Segment) {
    return saveNextVersion(this.segmentsById, segmentKeyOf(segment), segment);
  }

  async recordRunFinding(id: string, findingId: string, isRepaired: boolean) {
    const before = this.runFindings.get(`${id} ${findingId}`)?.isRepaired ?? false;
    this.runFindings.set(`${id} ${findingId}`, { isRepaired: before || isRepaired });
  }

  async listRunFindings(id: string) {
    const own = [...this.runFindings].filter(([key]) => key.startsWith(`${id} `));
    return new Map(own.map(([key, runFinding]) => [key.slice(id.length + 1), runFinding]));
  }

  async addSuspect(_id: string, cell: CellName, reservationId: string) {
    const suspect = this.suspectsByCell.get(nameOfCell(cell)) ?? { cell, ids: new Set() };
    suspect.ids.add(reservationId);
    this.suspectsByCell.set(nameOfCell(cell), suspect);
  }

  async listSuspects(_id: string, cell: CellName) {
    return [...(this.suspectsByCell.get(nameOfCell(cell))?.ids ?? [])];
  }

  async listSuspectCells() {
    return [...this.suspectsByCell.values()].map(({ cell }) => cell);
  }

  async claimRepair(run: Run, finding: Finding, repair: Repair, caps: RepairCaps) {
    const claimKey = `${run.reconciliationId} ${repairSubjectOf(repair.command)}`;
    const holder = this.claims.get(claimKey);
    if (holder !== undefined)
      return isSameClaim(holder, finding) ? ('claimed' as const) : ('alreadyRepaired' as const);
    const isAbove =
      (this.capUsage.get('') ?? 0) + sumUnits(repair.units) > caps.unitsPerRunMax ||
      repair.units.some(
        ({ sku, units }) => (this.capUsage.get(sku) ?? 0) + units > caps.unitsPerSkuMax,
      );
    if (isAbove) return 'capsExhausted' as const;
    this.claims.set(claimKey, finding);
    this.#addCapUsage(repair, 1);
    return 'claimed' as const;
  }

  async releaseClaim(run: Run, finding: Finding, repair: Repair) {
    const claimKey = `${run.reconciliationId} ${repairSubjectOf(repair.command)}`;
    const holder = this.claims.get(claimKey);
    if (holder === undefined || !isSameClaim(holder, finding)) return;
    this.claims.delete(claimKey);
    this.#addCapUsage(repair, -1);
  }

  #addCapUsage({ units }: Repair, sign: 1 | -1) {
    for (const of of [{ sku: '', units: sumUnits(units) }, ...units]) {
      this.capUsage.set(of.sku, (this.capUsage.get(of.sku) ?? 0) + sign * of.units);
    }
  }
}

type Claim = Pick<Finding, 'findingId' | 'revision'>;
const isSameClaim = (a: Claim, b: Claim): boolean =>
  a.findingId === b.findingId && a.revision === b.revision;

const segmentKeyOf = ({ reconciliationId, target, segment }: SegmentId) =>
  `${reconciliationId} ${target} ${segment}`;

export class MemoryQueue implements WorkQueue {
  readonly messages: WorkMessage[] = [];
  readonly delays: number[] = [];

  async send(work: readonly WorkMessage[], delaySeconds = 0) {
    this.messages.push(...work);
    this.delays.push(delaySeconds);
  }
}

export class MemoryMetrics implements Metrics {
  readonly written: Parameters<Metrics['putMetrics']>[0][] = [];

  putMetrics(metrics: Parameters<Metrics['putMetrics']>[0]) {
    this.written.push(metrics);
  }
}
