import type {
  CellAuditPage,
  CellDisagreement,
  CellName,
  OrderAudit,
  PaymentAudit,
  ReservationAudit,
} from '../../lambdas/contracts/audit-api.ts';
import type { FindingStatus } from '../../lambdas/contracts/reconciliation-api.ts';
import type { CountBasis } from '../../lambdas/contracts/repair-api.ts';
import type { Unreadable } from '../../lambdas/contracts/unreadable.ts';
import type { QueueDepth } from '../../lambdas/reconciliation/domain/check-others.ts';
import type { Count } from '../../lambdas/reconciliation/domain/count.ts';
import type { Detected, Finding } from '../../lambdas/reconciliation/domain/finding.ts';
import {
  nameOfCell,
  type Repair,
  repairedThing,
  totalOf,
} from '../../lambdas/reconciliation/domain/repair.ts';
import type { Part, Run, Segment } from '../../lambdas/reconciliation/domain/run.ts';
import type {
  Audits,
  Caps,
  CountStore,
  FindingStore,
  Gauges,
  Owners,
  PagePart,
  RepairOrder,
  RepairRefusal,
  RunStore,
  Work,
  WorkQueue,
} from '../../lambdas/reconciliation/use-cases/ports.ts';
import type { RunPorts } from '../../lambdas/reconciliation/use-cases/reconcile.ts';
import type { Page, PageRequest } from '../../lambdas/shared/core/page.ts';
import { accepted, type Result, refused } from '../../lambdas/shared/core/result.ts';
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
  unmoved: [],
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

export const aBalanceThatDiffers = (
  overrides: { cell?: CellName; units?: number } = {},
): CellDisagreement => ({
  kind: 'BALANCE_DIFFERS',
  cell: overrides.cell ?? TEA,
  version: 7,
  balance: { available: 5 + (overrides.units ?? 3), held: {}, committed: 0 },
  movements: { available: 5, held: {}, committed: 0 },
  rebuildable: true,
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

export const detecting = (overrides: Partial<Detected> = {}): Detected => ({
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

/** Called before each call of a port; throws where a test wants the worker to die. */
export type Fuse = (call: string) => void;
const neverBlows: Fuse = () => undefined;

/** Every method of a port, with the fuse before and after it. */
function fused<Port extends object>(name: string, port: Port, fuse: Fuse): Port {
  return new Proxy(port, {
    get: (target, method, receiver) => {
      const found: unknown = Reflect.get(target, method, receiver);
      if (typeof found !== 'function') return found;
      return async (...args: unknown[]) => {
        fuse(`before ${name}.${String(method)}`);
        const result = await Reflect.apply(found, target, args);
        fuse(`after ${name}.${String(method)}`);
        return result;
      };
    },
  });
}

const versioned = <Stored extends { readonly version: number }>(
  all: Map<string, Stored>,
  id: string,
  after: Stored,
): boolean => {
  if ((all.get(id)?.version ?? 0) !== after.version - 1) return false;
  all.set(id, after);
  return true;
};

const newestFirst = <Item>(items: readonly Item[], at: (item: Item) => string): Item[] =>
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
    return versioned(this.all, finding.findingId, finding);
  }

  async list(status: FindingStatus, request: PageRequest) {
    const listed = [...this.all.values()].filter((finding) => finding.status === status);
    return pageOf(
      newestFirst(listed, ({ detectedAt }) => detectedAt),
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
    return versioned(this.all, count.countId, count);
  }
}

export class MemoryRuns implements RunStore {
  readonly all = new Map<string, Run>();
  readonly parts = new Map<string, Segment>();
  readonly notes = new Map<string, { isRepaired: boolean }>();
  readonly hinted = new Map<string, { cell: CellName; ids: Set<string> }>();
  readonly claims = new Map<string, Claim>();
  readonly spent = new Map<string, number>();

  async get(id: string) {
    return this.all.get(id);
  }

  async save(run: Run) {
    return versioned(this.all, run.reconciliationId, run);
  }

  async list(request: PageRequest) {
    return pageOf(
      newestFirst([...this.all.values()], ({ startedAt }) => startedAt),
      request,
    );
  }

  async segments(id: string) {
    return [...this.parts.values()].filter(({ reconciliationId }) => reconciliationId === id);
  }

  async segment(part: Part) {
    return this.parts.get(keyOf(part));
  }

  async saveSegment(segment: Segment) {
    return versioned(this.parts, keyOf(segment), segment);
  }

  async note(id: string, findingId: string, isRepaired: boolean) {
    const before = this.notes.get(`${id} ${findingId}`)?.isRepaired ?? false;
    this.notes.set(`${id} ${findingId}`, { isRepaired: before || isRepaired });
  }

  async noted(id: string) {
    const own = [...this.notes].filter(([key]) => key.startsWith(`${id} `));
    return new Map(own.map(([key, note]) => [key.slice(id.length + 1), note]));
  }

  async hint(_id: string, cell: CellName, reservationId: string) {
    const hint = this.hinted.get(nameOfCell(cell)) ?? { cell, ids: new Set() };
    hint.ids.add(reservationId);
    this.hinted.set(nameOfCell(cell), hint);
  }

  async hints(_id: string, cell: CellName) {
    return [...(this.hinted.get(nameOfCell(cell))?.ids ?? [])];
  }

  async hintedCells() {
    return [...this.hinted.values()].map(({ cell }) => cell);
  }

  async claim(run: Run, finding: Finding, repair: Repair, caps: Caps) {
    const thing = `${run.reconciliationId} ${repairedThing(repair.command)}`;
    const holder = this.claims.get(thing);
    if (holder !== undefined)
      return isSameClaim(holder, finding) ? ('claimed' as const) : ('repairedBefore' as const);
    const isAbove =
      (this.spent.get('') ?? 0) + totalOf(repair.units) > caps.unitsPerRunMax ||
      repair.units.some(
        ({ sku, units }) => (this.spent.get(sku) ?? 0) + units > caps.unitsPerSkuMax,
      );
    if (isAbove) return 'aboveCaps' as const;
    this.claims.set(thing, finding);
    this.#spend(repair, 1);
    return 'claimed' as const;
  }

  async unclaim(run: Run, finding: Finding, repair: Repair) {
    const thing = `${run.reconciliationId} ${repairedThing(repair.command)}`;
    const holder = this.claims.get(thing);
    if (holder === undefined || !isSameClaim(holder, finding)) return;
    this.claims.delete(thing);
    this.#spend(repair, -1);
  }

  #spend({ units }: Repair, sign: 1 | -1) {
    for (const of of [{ sku: '', units: totalOf(units) }, ...units]) {
      this.spent.set(of.sku, (this.spent.get(of.sku) ?? 0) + sign * of.units);
    }
  }
}

type Claim = Pick<Finding, 'findingId' | 'revision'>;
const isSameClaim = (a: Claim, b: Claim): boolean =>
  a.findingId === b.findingId && a.revision === b.revision;

const keyOf = ({ reconciliationId, walk, segment }: Part) =>
  `${reconciliationId} ${walk} ${segment}`;

/** The other contexts, as arrays; a page has two records. */
export class FakeWorld implements Audits, Owners {
  orderList: OrderAudit[] = [];
  reservationList: ReservationAudit[] = [];
  paymentList: PaymentAudit[] = [];
  cellList: CellName[] = [];
  disagreements: CellDisagreement[] = [];
  unsettled: CellName[] = [];
  /** Records that are there and cannot be read. They are not in the lists. */
  readonly unreadable: Record<'cells' | 'reservations' | 'orders' | 'payments', Unreadable[]> = {
    cells: [],
    reservations: [],
    orders: [],
    payments: [],
  };
  basis: CountBasis | undefined;
  refusal: RepairRefusal | undefined;
  readonly repairs: RepairOrder[] = [];
  readonly #requests = new Map<string, string>();
  /** Told of each audit, so that a test may change the world between two looks. */
  onLook: (what: string) => void = () => undefined;

  async cells({ segment, segments, cursor }: PagePart & { full: boolean }): Promise<CellAuditPage> {
    const page = part(this.cellList, { segment, segments, cursor });
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
    this.onLook('cell');
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
    return { items, unreadable: askedFor(this.unreadable.reservations, ids) };
  }

  async orders(asked: PagePart) {
    return { ...part(this.orderList, asked), unreadable: this.unreadable.orders };
  }

  async ordersById(ids: readonly string[]) {
    this.onLook('ordersById');
    const items = this.orderList.filter(({ orderId }) => ids.includes(orderId));
    return { items, unreadable: askedFor(this.unreadable.orders, ids) };
  }

  async payments(asked: PagePart) {
    return { ...part(this.paymentList, asked), unreadable: this.unreadable.payments };
  }

  async paymentsById(ids: readonly string[]) {
    this.onLook('paymentsById');
    const items = this.paymentList.filter(({ orderId, attempt }) =>
      ids.includes(`${orderId}-${attempt}`),
    );
    return { items, unreadable: askedFor(this.unreadable.payments, ids) };
  }

  async countBasis() {
    return this.basis;
  }

  /**
   * Makes what it repairs agree, once. An owner remembers the request by its key, and takes it from no other actor: it rejects one
   * that differs from the first in anything.
   */
  async repair(order: RepairOrder): Promise<Result<{ status: string }, RepairRefusal>> {
    if (this.refusal !== undefined) return refused(this.refusal);
    const { command } = order;
    const key = keyOfRepair(order);
    const request = JSON.stringify({ command, by: order.by });
    const first = this.#requests.get(key);
    if (first !== undefined && first !== request)
      return refused({ kind: 'refused', code: 'IDEMPOTENCY_KEY_REUSED', detail: 'Used before.' });
    this.#requests.set(key, request);
    this.repairs.push(order);
    if (first !== undefined) return accepted({ status: 'DONE' });
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
    if (command.action === 'returnPayment') {
      this.paymentList = this.paymentList.map((one) =>
        one.orderId === command.orderId && one.attempt === command.attempt
          ? { ...one, status: 'REFUNDED', refundedAmount: one.capturedAmount }
          : one,
      );
    }
    return accepted({ status: 'DONE' });
  }
}

const keyOfRepair = ({ findingId, command }: RepairOrder): string =>
  command.action === 'postCount'
    ? command.count.countId
    : `${findingId} ${command.action} ${repairedThing(command)} ${command.version}`;
const askedFor = (all: readonly Unreadable[], ids: readonly string[]): Unreadable[] =>
  all.filter(({ id }) => id !== undefined && ids.includes(id));

const PAGE_RECORDS = 2;

function part<Item>(all: readonly Item[], { segment, segments, cursor }: PagePart): Page<Item> {
  const own = all.filter((_item, index) => index % segments === segment);
  return pageOf(own, { limit: PAGE_RECORDS, cursor });
}

export class MemoryQueue implements WorkQueue {
  readonly waiting: Work[] = [];
  readonly delays: number[] = [];

  async send(work: readonly Work[], delaySeconds = 0) {
    this.waiting.push(...work);
    this.delays.push(delaySeconds);
  }
}

export class MemoryGauges implements Gauges {
  readonly written: Parameters<Gauges['put']>[0][] = [];

  put(metrics: Parameters<Gauges['put']>[0]) {
    this.written.push(metrics);
  }
}

export function reconciliationPorts(fuse: Fuse = neverBlows) {
  const findings = new MemoryFindings();
  const counts = new MemoryCounts();
  const runs = new MemoryRuns();
  const world = new FakeWorld();
  const queue = new MemoryQueue();
  const gauges = new MemoryGauges();
  const depths: QueueDepth[] = [];
  const ownUnreadable: Unreadable[] = [];
  const queues = { depths: async () => depths };
  const ports: RunPorts = {
    findings: fused('findings', findings, fuse),
    counts: fused('counts', counts, fuse),
    runs: fused('runs', runs, fuse),
    audits: fused('audits', world as Audits, fuse),
    owners: fused('owners', world as Owners, fuse),
    queue: fused('queue', queue as WorkQueue, fuse),
    queues: fused('queues', queues, fuse),
    records: { unreadable: async () => ({ items: [], unreadable: ownUnreadable }) },
    pauses: { secondLook: async () => undefined },
    gauges,
  };
  return { ports, findings, counts, runs, world, queue, gauges, depths, ownUnreadable };
}
