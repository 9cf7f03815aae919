import type {
  CellAuditPage,
  CellDisagreement,
  CellName,
  OrderAudit,
  PaymentAudit,
  ReservationAudit,
} from '../../lambdas/contracts/api/audit.ts';
import type { FindingStatus } from '../../lambdas/contracts/api/reconciliation.ts';
import type { CountBasis } from '../../lambdas/contracts/api/repair.ts';
import type { UnreadableRecord } from '../../lambdas/contracts/api/unreadable-record.ts';
import type { QueueDepth } from '../../lambdas/reconciliation/domain/checks/check-reservations.ts';
import type { Count } from '../../lambdas/reconciliation/domain/counts/count.ts';
import type { Detection, Finding } from '../../lambdas/reconciliation/domain/finding.ts';
import {
  nameOfCell,
  type Repair,
  type RepairCaps,
  repairSubjectOf,
  sumUnits,
} from '../../lambdas/reconciliation/domain/repair.ts';
import type { Run, Segment, SegmentId } from '../../lambdas/reconciliation/domain/run.ts';
import type {
  AuditClient,
  CountStore,
  FindingStore,
  Metrics,
  RepairClient,
  RepairError,
  RepairRequest,
  RunPorts,
  RunStore,
  ScanPosition,
  WorkMessage,
  WorkQueue,
} from '../../lambdas/reconciliation/use-cases/ports.ts';
import type { Page, PageRequest } from '../../lambdas/shared/core/page.ts';
import { err, ok, type Result } from '../../lambdas/shared/core/result.ts';
import { NOON, seconds } from './inventory.ts';

export const LONG_AGO = new Date(NOON - seconds(3_600)).toISOString();

export const anOrder = (overrides: Partial<OrderAudit> = {}): OrderAudit => ({
  orderId: 'ord-1',
  status: 'COMPLETED',
  version: 4,
  since: LONG_AGO,
  createdAt: LONG_AGO,
  lines: [{ sku: 'tea', quantity: 2 }],
  total: { amount: 1000, currency: 'EUR' },
  attempt: 1,
  ...overrides,
});

export const aReservationAudit = (overrides: Partial<ReservationAudit> = {}): ReservationAudit => ({
  reservationId: 'ord-1',
  orderId: 'ord-1',
  status: 'COMMITTED',
  heldUntil: LONG_AGO,
  version: 2,
  updatedAt: LONG_AGO,
  lines: [{ sku: 'tea', locationId: 'main', shard: 0, quantity: 2 }],
  linesWithoutMovement: [],
  ...overrides,
});

export const aPaymentAudit = (overrides: Partial<PaymentAudit> = {}): PaymentAudit => ({
  orderId: 'ord-1',
  attempt: 1,
  status: 'CAPTURED',
  version: 3,
  updatedAt: LONG_AGO,
  amount: 1000,
  currency: 'EUR',
  capturedAmount: 1000,
  refundedAmount: 0,
  refunds: [],
  ...overrides,
});

export const TEA: CellName = { sku: 'tea', locationId: 'main', shard: 0 };

export const aBalanceDifference = (
  overrides: { cell?: CellName; units?: number } = {},
): CellDisagreement => ({
  kind: 'BALANCE_DIFFERS',
  cell: overrides.cell ?? TEA,
  version: 7,
  balance: { available: 5 + (overrides.units ?? 3), held: {}, committed: 0 },
  movements: { available: 5, held: {}, committed: 0 },
  isRebuildable: true,
});

const REPAIR: Repair = {
  command: {
    action: 'rebuildBalance',
    cell: TEA,
    version: 7,
    accounts: { available: 5, held: {}, committed: 0 },
  },
  effect: 'Sets the balance right.',
  units: [{ sku: 'tea', units: 3 }],
  isSafe: true,
};

export const aRepair = (overrides: Partial<Repair> = {}): Repair => ({ ...REPAIR, ...overrides });

export const aDetection = (overrides: Partial<Detection> = {}): Detection => ({
  kind: 'BALANCE_DIFFERS',
  subject: 'cell:tea/main/0',
  expected: { available: 5 },
  actual: { available: 8 },
  difference: { available: -3 },
  units: 3,
  explanation: 'They differ.',
  records: [],
  since: LONG_AGO,
  repair: REPAIR,
  ...overrides,
});

/** Function called before and after each call of a port. It throws to kill the worker. */
export type CallHook = (call: string) => void;
const ignoreCalls: CallHook = () => undefined;

/** Returns the port with the hook around each of its methods. */
function withCallHook<Port extends object>(name: string, port: Port, hook: CallHook): Port {
  return new Proxy(port, {
    get: (target, method, receiver) => {
      const member: unknown = Reflect.get(target, method, receiver);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        hook(`before ${name}.${String(method)}`);
        const result = await Reflect.apply(member, target, args);
        hook(`after ${name}.${String(method)}`);
        return result;
      };
    },
  });
}

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

const pageOf = <Item>(items: readonly Item[], { limit, cursor }: PageRequest): Page<Item> => {
  const from = Number(cursor ?? 0);
  const next = from + limit;
  return {
    items: items.slice(from, next),
    ...(next < items.length ? { cursor: String(next) } : {}),
  };
};

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
    const thing = `${run.reconciliationId} ${repairSubjectOf(repair.command)}`;
    const holder = this.claims.get(thing);
    if (holder !== undefined)
      return isSameClaim(holder, finding) ? ('claimed' as const) : ('alreadyRepaired' as const);
    const isAbove =
      (this.capUsage.get('') ?? 0) + sumUnits(repair.units) > caps.unitsPerRunMax ||
      repair.units.some(
        ({ sku, units }) => (this.capUsage.get(sku) ?? 0) + units > caps.unitsPerSkuMax,
      );
    if (isAbove) return 'capsExhausted' as const;
    this.claims.set(thing, finding);
    this.#addCapUsage(repair, 1);
    return 'claimed' as const;
  }

  async releaseClaim(run: Run, finding: Finding, repair: Repair) {
    const thing = `${run.reconciliationId} ${repairSubjectOf(repair.command)}`;
    const holder = this.claims.get(thing);
    if (holder === undefined || !isSameClaim(holder, finding)) return;
    this.claims.delete(thing);
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

/** Fakes the other contexts in memory. A page has two records. */
export class FakeContexts implements AuditClient, RepairClient {
  orderList: OrderAudit[] = [];
  reservationList: ReservationAudit[] = [];
  paymentList: PaymentAudit[] = [];
  cellList: CellName[] = [];
  disagreements: CellDisagreement[] = [];
  unsettled: CellName[] = [];
  /** Stored records that cannot be read. They are not in the lists. */
  readonly unreadable: Record<
    'cells' | 'reservations' | 'orders' | 'payments',
    UnreadableRecord[]
  > = {
    cells: [],
    reservations: [],
    orders: [],
    payments: [],
  };
  basis: CountBasis | undefined;
  rejection: RepairError | undefined;
  readonly repairs: RepairRequest[] = [];
  readonly #requests = new Map<string, string>();
  /** Function called on each read, so that a test can change records between two reads. */
  onRead: (what: string) => void = () => undefined;

  async cells({
    segment,
    segments,
    cursor,
  }: ScanPosition & { full: boolean }): Promise<CellAuditPage> {
    const page = pageOfSegment(this.cellList, { segment, segments, cursor });
    const isOnPage = (cell: CellName) =>
      page.items.some((one) => nameOfCell(one) === nameOfCell(cell));
    return {
      checked: page.items.length,
      unsettled: this.unsettled.filter(isOnPage),
      disagreements: this.disagreements.filter(({ cell }) => isOnPage(cell)),
      committed: this.reservationList
        .filter(({ status, lines: [first] }) => status === 'COMMITTED' && first && isOnPage(first))
        .map(({ reservationId }) => reservationId),
      unreadable: this.unreadable.cells,
      ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
    };
  }

  async cell(cell: CellName): Promise<CellAuditPage> {
    this.onRead('cell');
    const disagreements = this.disagreements.filter(
      (one) => nameOfCell(one.cell) === nameOfCell(cell),
    );
    return {
      checked: 1,
      unsettled: [],
      disagreements,
      committed: [],
      unreadable: this.unreadable.cells,
    };
  }

  async reservations(ids: readonly string[]) {
    const items = this.reservationList.filter(({ reservationId }) => ids.includes(reservationId));
    return { items, unreadable: filterByIds(this.unreadable.reservations, ids) };
  }

  async orders(position: ScanPosition) {
    return { ...pageOfSegment(this.orderList, position), unreadable: this.unreadable.orders };
  }

  async ordersById(ids: readonly string[]) {
    this.onRead('ordersById');
    const items = this.orderList.filter(({ orderId }) => ids.includes(orderId));
    return { items, unreadable: filterByIds(this.unreadable.orders, ids) };
  }

  async payments(position: ScanPosition) {
    return { ...pageOfSegment(this.paymentList, position), unreadable: this.unreadable.payments };
  }

  async paymentsById(ids: readonly string[]) {
    this.onRead('paymentsById');
    const items = this.paymentList.filter(({ orderId, attempt }) =>
      ids.includes(`${orderId}-${attempt}`),
    );
    return { items, unreadable: filterByIds(this.unreadable.payments, ids) };
  }

  async countBasis() {
    return this.basis;
  }

  /**
   * Applies a repair once. An owner stores the request by its key, and rejects a repeat that
   * differs from the first one, also in its actor.
   */
  async repair(order: RepairRequest): Promise<Result<{ status: string }, RepairError>> {
    if (this.rejection !== undefined) return err(this.rejection);
    const { command } = order;
    const key = repairKeyOf(order);
    const request = JSON.stringify({ command, by: order.by });
    const first = this.#requests.get(key);
    if (first !== undefined && first !== request)
      return err({ kind: 'rejected', code: 'IDEMPOTENCY_KEY_REUSED', detail: 'Used before.' });
    this.#requests.set(key, request);
    this.repairs.push(order);
    if (first !== undefined) return ok({ status: 'DONE' });
    if ('cell' in command && command.cell !== undefined) {
      const { cell } = command;
      this.disagreements = this.disagreements.filter(
        (one) => nameOfCell(one.cell) !== nameOfCell(cell),
      );
    }
    if (command.action === 'shipStock') {
      this.reservationList = this.reservationList.map((one) =>
        one.reservationId === command.reservationId ? { ...one, status: 'FULFILLED' } : one,
      );
    }
    if (command.action === 'reversePayment') {
      this.paymentList = this.paymentList.map((one) =>
        one.orderId === command.orderId && one.attempt === command.attempt
          ? { ...one, status: 'REFUNDED', refundedAmount: one.capturedAmount }
          : one,
      );
    }
    return ok({ status: 'DONE' });
  }
}

const repairKeyOf = ({ findingId, command }: RepairRequest): string =>
  command.action === 'postCount'
    ? command.count.countId
    : `${findingId} ${command.action} ${repairSubjectOf(command)} ${command.version}`;
const filterByIds = (
  records: readonly UnreadableRecord[],
  ids: readonly string[],
): UnreadableRecord[] => records.filter(({ id }) => id !== undefined && ids.includes(id));

const PAGE_RECORDS = 2;

function pageOfSegment<Item>(
  all: readonly Item[],
  { segment, segments, cursor }: ScanPosition,
): Page<Item> {
  const own = all.filter((_item, index) => index % segments === segment);
  return pageOf(own, { limit: PAGE_RECORDS, cursor });
}

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

export function createReconciliationPorts(hook: CallHook = ignoreCalls) {
  const findings = new MemoryFindings();
  const counts = new MemoryCounts();
  const runs = new MemoryRuns();
  const contexts = new FakeContexts();
  const queue = new MemoryQueue();
  const metrics = new MemoryMetrics();
  const depths: QueueDepth[] = [];
  const ownUnreadable: UnreadableRecord[] = [];
  const queues = { getDepths: async () => depths };
  const ports: RunPorts = {
    findings: withCallHook('findings', findings, hook),
    counts: withCallHook('counts', counts, hook),
    runs: withCallHook('runs', runs, hook),
    audits: withCallHook('audits', contexts as AuditClient, hook),
    repairs: withCallHook('repairs', contexts as RepairClient, hook),
    queue: withCallHook('queue', queue as WorkQueue, hook),
    queues: withCallHook('queues', queues, hook),
    records: { scanUnreadable: async () => ({ items: [], unreadable: ownUnreadable }) },
    delay: { beforeSecondRead: async () => undefined },
    metrics,
  };
  return {
    ports,
    findings,
    counts,
    runs,
    contexts,
    queue,
    metrics,
    depths,
    ownUnreadable,
  };
}
