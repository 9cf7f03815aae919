import type {
  CellAuditPage,
  CellDisagreement,
  CellName,
  OrderAudit,
  PaymentAudit,
  ReservationAudit,
} from '../../../lambdas/contracts/api/audit.ts';
import type { CountBasis } from '../../../lambdas/contracts/api/repair.ts';
import type { UnreadableRecord } from '../../../lambdas/contracts/api/unreadable-record.ts';
import { nameOfCell, repairSubjectOf } from '../../../lambdas/reconciliation/domain/repair.ts';
import type {
  AuditClient,
  RepairClient,
  RepairError,
  RepairRequest,
  ScanPosition,
} from '../../../lambdas/reconciliation/use-cases/ports.ts';
import type { Page } from '../../../lambdas/shared/core/page.ts';
import { err, ok, type Result } from '../../../lambdas/shared/core/result.ts';
import { pageOf } from './page-of.ts';

/** Fakes the other contexts in memory. A page has two records. */
export class FakeContexts implements AuditClient, RepairClient {
  orderList: OrderAudit[] = [];
  reservationList: ReservationAudit[] = [];
  paymentList: PaymentAudit[] = [];
  cellList: CellName[] = [];
  disagreements: CellDisagreement[] = [];
  unsettled: CellName[] = [];
  missingLocations: CellAuditPage['missingLocations'] = [];
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
      missingLocations: this.missingLocations,
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
      missingLocations: [],
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
