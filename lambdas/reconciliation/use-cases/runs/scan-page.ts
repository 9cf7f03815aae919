import type { OrderAudit } from '../../../contracts/api/audit.ts';
import { type Instant, toIso } from '../../../shared/core/instant.ts';
import { checkOrder } from '../../domain/checks/check-orders.ts';
import { checkPayment } from '../../domain/checks/check-payments.ts';
import { idsOfRecords, toUnreadableDetections } from '../../domain/checks/check-records.ts';
import { checkDeadLetterQueue } from '../../domain/checks/check-reservations.ts';
import type { Detection } from '../../domain/finding.ts';
import { NOTHING_CHECKED } from '../../domain/run.ts';
import { scanCells, scanSuspectCells } from '../cells/scan-cells.ts';
import type { AuditClient, ScanPorts } from '../ports.ts';
import {
  confirmOnSecondRead,
  type PageResult,
  type ScanInput,
  scanPositionOf,
} from './scan-input.ts';

/** Scans one page of a segment. Returns the disagreements that a second read confirms. */
export function scanPage(ports: ScanPorts, input: ScanInput, now: Instant): Promise<PageResult> {
  switch (input.segment.target) {
    case 'orders':
      return scanOrders(ports, input, now);
    case 'payments':
      return scanPayments(ports, input, now);
    case 'queues':
      return scanQueues(ports, now);
    case 'records':
      return scanRecords(ports, input, now);
    case 'suspectCells':
      return scanSuspectCells(ports, input, now);
    case 'cells':
      return scanCells(ports, input, now);
  }
}

async function scanOrders(
  { audits, runs, delay }: ScanPorts,
  input: ScanInput,
  now: Instant,
): Promise<PageResult> {
  const page = await audits.orders(scanPositionOf(input));
  const { attentionSeconds } = input;
  const firstRead = await checkOrders(audits, page.items, now, attentionSeconds);
  for (const { orderId, cell } of firstRead.suspects)
    await runs.addSuspect(input.run.reconciliationId, cell, orderId);
  return {
    cursor: page.cursor,
    checked: {
      ...NOTHING_CHECKED,
      orders: page.items.length,
      reservations: firstRead.reservations,
    },
    unsettledCells: 0,
    detections: [
      ...toUnreadableDetections([...page.unreadable, ...firstRead.unreadable], now),
      ...(await confirmOnSecondRead(firstRead.detections, delay, async () => {
        const disagreeing = page.items.filter(({ orderId }) => firstRead.disagreeing.has(orderId));
        const reread = await audits.ordersById(disagreeing.map(({ orderId }) => orderId));
        return (await checkOrders(audits, reread.items, now, attentionSeconds)).detections;
      })),
    ],
  };
}

async function checkOrders(
  audits: AuditClient,
  orders: readonly OrderAudit[],
  now: Instant,
  attentionSeconds: number,
) {
  if (orders.length === 0)
    return {
      detections: [],
      disagreeing: new Set<string>(),
      suspects: [],
      reservations: 0,
      unreadable: [],
    };
  const paid = orders.filter(({ attempt }) => attempt > 0);
  const [reservations, payments] = await Promise.all([
    audits.reservations(orders.map(({ orderId }) => orderId)),
    audits.paymentsById(paid.map(paymentIdOf)),
  ]);
  const [unreadableReservations, unreadablePayments] = [
    idsOfRecords(reservations.unreadable),
    idsOfRecords(payments.unreadable),
  ];
  const reservationOf = new Map(
    reservations.items.map((reservation) => [reservation.reservationId, reservation]),
  );
  const paymentOf = new Map(payments.items.map((payment) => [payment.orderId, payment]));
  const comparable = orders.filter(
    (order) =>
      !unreadableReservations.has(order.orderId) && !unreadablePayments.has(paymentIdOf(order)),
  );
  const checked = comparable.map((order) => {
    const snapshot = {
      order,
      reservation: reservationOf.get(order.orderId),
      payment: paymentOf.get(order.orderId),
    };
    return { orderId: order.orderId, detections: checkOrder(snapshot, now, attentionSeconds) };
  });
  return {
    detections: checked.flatMap(({ detections }) => detections),
    disagreeing: new Set(
      checked.filter(({ detections }) => detections.length > 0).map(({ orderId }) => orderId),
    ),
    suspects: reservations.items.flatMap(({ reservationId, linesWithoutMovement }) =>
      linesWithoutMovement.map((cell) => ({ orderId: reservationId, cell })),
    ),
    reservations: reservations.items.length,
    unreadable: [...reservations.unreadable, ...payments.unreadable],
  };
}

const paymentIdOf = ({ orderId, attempt }: Pick<OrderAudit, 'orderId' | 'attempt'>): string =>
  `${orderId}-${attempt}`;

async function scanPayments(
  { audits, delay }: ScanPorts,
  input: ScanInput,
  now: Instant,
): Promise<PageResult> {
  const page = await audits.payments(scanPositionOf(input));
  const check = async (payments: typeof page.items): Promise<Detection[]> => {
    if (payments.length === 0) return [];
    const orders = await audits.ordersById([...new Set(payments.map(({ orderId }) => orderId))]);
    const broken = idsOfRecords(orders.unreadable);
    const orderOf = new Map(orders.items.map((order) => [order.orderId, order]));
    return payments
      .filter(({ orderId }) => !broken.has(orderId))
      .flatMap((payment) => checkPayment(payment, orderOf.get(payment.orderId), now));
  };
  const firstDetections = await check(page.items);
  return {
    cursor: page.cursor,
    checked: { ...NOTHING_CHECKED, payments: page.items.length },
    unsettledCells: 0,
    detections: [
      ...toUnreadableDetections(page.unreadable, now),
      ...(await confirmOnSecondRead(firstDetections, delay, async () => {
        const ids = firstDetections.map(({ subject }) => subject.replace(/^payment:/, ''));
        return check((await audits.paymentsById([...new Set(ids)])).items);
      })),
    ],
  };
}

async function scanQueues({ queues }: ScanPorts, now: Instant): Promise<PageResult> {
  const depths = await queues.getDepths();
  const detections = depths.flatMap((depth) => checkDeadLetterQueue(depth, toIso(now)));
  return { cursor: undefined, checked: NOTHING_CHECKED, unsettledCells: 0, detections };
}

async function scanRecords(
  { records }: ScanPorts,
  input: ScanInput,
  now: Instant,
): Promise<PageResult> {
  const { cursor, unreadable } = await records.scanUnreadable(scanPositionOf(input));
  return {
    cursor,
    checked: NOTHING_CHECKED,
    unsettledCells: 0,
    detections: toUnreadableDetections(unreadable, now),
  };
}
