import type { OrderAudit } from '../../contracts/audit-api.ts';
import { type Instant, toIso } from '../../shared/core/instant.ts';
import { checkOrder } from '../domain/check-orders.ts';
import { checkQueue } from '../domain/check-others.ts';
import { checkPayment } from '../domain/check-payments.ts';
import { idsOf, unreadableIn } from '../domain/check-records.ts';
import type { Detected } from '../domain/finding.ts';
import { NOTHING_CHECKED } from '../domain/run.ts';
import type { Audits } from './ports.ts';
import { walkCells, walkHinted } from './walk-cells.ts';
import { type Place, partOf, standing, type Walked, type WalkPorts } from './walk-place.ts';

/** One page of a part of a run, and what stands against its records after a second look. */
export function walkPage(ports: WalkPorts, place: Place, now: Instant): Promise<Walked> {
  switch (place.segment.walk) {
    case 'orders':
      return walkOrders(ports, place, now);
    case 'payments':
      return walkPayments(ports, place, now);
    case 'queues':
      return walkQueues(ports, now);
    case 'records':
      return walkRecords(ports, place, now);
    case 'hinted':
      return walkHinted(ports, place, now);
    case 'cells':
      return walkCells(ports, place, now);
  }
}

async function walkOrders(
  { audits, runs, pauses }: WalkPorts,
  place: Place,
  now: Instant,
): Promise<Walked> {
  const page = await audits.orders(partOf(place));
  const { attentionSeconds } = place;
  const first = await ordersLookedAt(audits, page.items, now, attentionSeconds);
  for (const { orderId, cell } of first.unmoved)
    await runs.hint(place.run.reconciliationId, cell, orderId);
  return {
    cursor: page.cursor,
    checked: { ...NOTHING_CHECKED, orders: page.items.length, reservations: first.reservations },
    unsettled: 0,
    detected: [
      ...unreadableIn([...page.unreadable, ...first.unreadable], now),
      ...(await standing(first.detected, pauses, async () => {
        const suspects = page.items.filter(({ orderId }) => first.suspects.has(orderId));
        const again = await audits.ordersById(suspects.map(({ orderId }) => orderId));
        return (await ordersLookedAt(audits, again.items, now, attentionSeconds)).detected;
      })),
    ],
  };
}

async function ordersLookedAt(
  audits: Audits,
  orders: readonly OrderAudit[],
  now: Instant,
  attentionSeconds: number,
) {
  if (orders.length === 0)
    return {
      detected: [],
      suspects: new Set<string>(),
      unmoved: [],
      reservations: 0,
      unreadable: [],
    };
  const paid = orders.filter(({ attempt }) => attempt > 0);
  const [reservations, payments] = await Promise.all([
    audits.reservations(orders.map(({ orderId }) => orderId)),
    audits.paymentsById(paid.map(attemptOf)),
  ]);
  const [brokenReservations, brokenPayments] = [
    idsOf(reservations.unreadable),
    idsOf(payments.unreadable),
  ];
  const reservationOf = new Map(
    reservations.items.map((reservation) => [reservation.reservationId, reservation]),
  );
  const paymentOf = new Map(payments.items.map((payment) => [payment.orderId, payment]));
  const judged = orders.filter(
    (order) => !brokenReservations.has(order.orderId) && !brokenPayments.has(attemptOf(order)),
  );
  const found = judged.map((order) => {
    const sides = {
      order,
      reservation: reservationOf.get(order.orderId),
      payment: paymentOf.get(order.orderId),
    };
    return { orderId: order.orderId, detected: checkOrder(sides, now, attentionSeconds) };
  });
  return {
    detected: found.flatMap(({ detected }) => detected),
    suspects: new Set(
      found.filter(({ detected }) => detected.length > 0).map(({ orderId }) => orderId),
    ),
    unmoved: reservations.items.flatMap(({ reservationId, unmoved }) =>
      unmoved.map((cell) => ({ orderId: reservationId, cell })),
    ),
    reservations: reservations.items.length,
    unreadable: [...reservations.unreadable, ...payments.unreadable],
  };
}

const attemptOf = ({ orderId, attempt }: Pick<OrderAudit, 'orderId' | 'attempt'>): string =>
  `${orderId}-${attempt}`;

async function walkPayments(
  { audits, pauses }: WalkPorts,
  place: Place,
  now: Instant,
): Promise<Walked> {
  const page = await audits.payments(partOf(place));
  const look = async (payments: typeof page.items): Promise<Detected[]> => {
    if (payments.length === 0) return [];
    const orders = await audits.ordersById([...new Set(payments.map(({ orderId }) => orderId))]);
    const broken = idsOf(orders.unreadable);
    const orderOf = new Map(orders.items.map((order) => [order.orderId, order]));
    return payments
      .filter(({ orderId }) => !broken.has(orderId))
      .flatMap((payment) => checkPayment(payment, orderOf.get(payment.orderId), now));
  };
  const first = await look(page.items);
  return {
    cursor: page.cursor,
    checked: { ...NOTHING_CHECKED, payments: page.items.length },
    unsettled: 0,
    detected: [
      ...unreadableIn(page.unreadable, now),
      ...(await standing(first, pauses, async () => {
        const ids = first.map(({ subject }) => subject.replace(/^payment:/, ''));
        return look((await audits.paymentsById([...new Set(ids)])).items);
      })),
    ],
  };
}

async function walkQueues({ queues }: WalkPorts, now: Instant): Promise<Walked> {
  const depths = await queues.depths();
  const detected = depths.flatMap((depth) => checkQueue(depth, toIso(now)));
  return { cursor: undefined, checked: NOTHING_CHECKED, unsettled: 0, detected };
}

async function walkRecords({ records }: WalkPorts, place: Place, now: Instant): Promise<Walked> {
  const { cursor, unreadable } = await records.unreadable(partOf(place));
  return {
    cursor,
    checked: NOTHING_CHECKED,
    unsettled: 0,
    detected: unreadableIn(unreadable, now),
  };
}
