import {
  AUDIT_ITEMS_MAX,
  type CellDisagreement,
  type CellName,
  type OrderAudit,
} from '../../contracts/audit-api.ts';
import type { Unreadable } from '../../contracts/unreadable.ts';
import { type Instant, toIso } from '../../shared/instant.ts';
import { checkOrder } from '../domain/check-orders.ts';
import { checkCommitted, checkQueue } from '../domain/check-others.ts';
import { checkPayment } from '../domain/check-payments.ts';
import { detectedUnreadable, eachRecordOnce, idsOf } from '../domain/check-records.ts';
import type { Detected } from '../domain/finding.ts';
import { nameOfCell } from '../domain/repair.ts';
import { NOTHING_CHECKED, type Run, type Segment, type WalkedPage } from '../domain/run.ts';
import { detectedInCells } from './detect-in-cells.ts';
import type { Audits, DeadLetterQueues, OwnRecords, Pauses, RunStore } from './ports.ts';

export type WalkPorts = {
  readonly audits: Audits;
  readonly runs: RunStore;
  readonly records: OwnRecords;
  readonly queues: DeadLetterQueues;
  readonly pauses: Pauses;
};
type Walked = WalkedPage & { readonly detected: readonly Detected[] };
type Place = {
  readonly run: Run;
  readonly segment: Segment;
  /** A parked order older than that is found. */
  readonly attentionSeconds: number;
};

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
    case 'cells':
      return walkCells(ports, place, now);
  }
}

const partOf = ({ run: { segments }, segment: { segment, cursor } }: Place) => ({
  segment,
  segments,
  cursor,
});

async function walkOrders({ audits, runs, pauses }: WalkPorts, place: Place, now: Instant): Promise<Walked> {
  const page = await audits.orders(partOf(place));
  const { attentionSeconds } = place;
  const first = await ordersLookedAt(audits, page.items, now, attentionSeconds);
  for (const { orderId, cell } of first.unmoved) await runs.hint(place.run.reconciliationId, cell, orderId);
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
    return { detected: [], suspects: new Set<string>(), unmoved: [], reservations: 0, unreadable: [] };
  const paid = orders.filter(({ attempt }) => attempt > 0);
  const [reservations, payments] = await Promise.all([
    audits.reservations(orders.map(({ orderId }) => orderId)),
    audits.paymentsById(paid.map(attemptOf)),
  ]);
  const [brokenReservations, brokenPayments] = [idsOf(reservations.unreadable), idsOf(payments.unreadable)];
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
    suspects: new Set(found.filter(({ detected }) => detected.length > 0).map(({ orderId }) => orderId)),
    unmoved: reservations.items.flatMap(({ reservationId, unmoved }) =>
      unmoved.map((cell) => ({ orderId: reservationId, cell })),
    ),
    reservations: reservations.items.length,
    unreadable: [...reservations.unreadable, ...payments.unreadable],
  };
}

const attemptOf = ({ orderId, attempt }: Pick<OrderAudit, 'orderId' | 'attempt'>): string =>
  `${orderId}-${attempt}`;

/** A record that cannot be read is a finding of its own; what it is compared with is left to the run after it was mended. */
const unreadableIn = (all: readonly Unreadable[], now: Instant): Detected[] =>
  eachRecordOnce(all).map((one) => detectedUnreadable(one, toIso(now)));

async function walkPayments({ audits, pauses }: WalkPorts, place: Place, now: Instant): Promise<Walked> {
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
  return { cursor, checked: NOTHING_CHECKED, unsettled: 0, detected: unreadableIn(unreadable, now) };
}

/** Inventory has looked twice itself. Cells in which reservations may have moved units without a trace are asked once more, with these. */
async function walkCells(ports: WalkPorts, place: Place, now: Instant): Promise<Walked> {
  const { audits, runs } = ports;
  const { reconciliationId, full } = place.run;
  const isFirst = place.segment.segment === 0 && place.segment.cursor === undefined;
  const hinted = isFirst ? await runs.hintedCells(reconciliationId) : [];
  const page = await audits.cells({ ...partOf(place), full });
  const disagreeing = cellsOf(page.disagreements);
  const looks: CellDisagreement[] = [];
  const unreadable = [...page.unreadable];
  for (const cell of unique([...hinted, ...disagreeing])) {
    const reservationIds = await runs.hints(reconciliationId, cell);
    if (reservationIds.length > 0) {
      const look = await audits.cell(cell, reservationIds, full);
      looks.push(...look.disagreements);
      unreadable.push(...look.unreadable);
    } else looks.push(...page.disagreements.filter((found) => nameOfCell(found.cell) === nameOfCell(cell)));
  }
  return {
    cursor: page.cursor,
    checked: { ...NOTHING_CHECKED, cells: page.checked },
    unsettled: page.unsettled.length,
    detected: [
      ...unreadableIn(unreadable, now),
      ...(await detectedInCells(audits, looks, now)),
      ...(await committedLookedAt(ports, page.committed)),
    ],
  };
}

const cellsOf = (found: readonly CellDisagreement[]): CellName[] => found.map(({ cell }) => cell);
const unique = (cells: readonly CellName[]): CellName[] => [
  ...new Map(cells.map((cell) => [nameOfCell(cell), cell])).values(),
];

/** The orders of reservations whose units are committed: those that are not there, or never confirmed, were not met among the orders. */
async function committedLookedAt(
  { audits, pauses }: WalkPorts,
  reservationIds: readonly string[],
): Promise<Detected[]> {
  const detected: Detected[] = [];
  for (let from = 0; from < reservationIds.length; from += AUDIT_ITEMS_MAX) {
    const ids = reservationIds.slice(from, from + AUDIT_ITEMS_MAX);
    const look = async (asked: readonly string[]): Promise<Detected[]> => {
      const found = await audits.ordersById(asked);
      const broken = idsOf(found.unreadable);
      const orders = new Map(found.items.map((order) => [order.orderId, order]));
      const without = asked.filter((id) => !broken.has(id) && !isTaking(orders.get(id)));
      if (without.length === 0) return [];
      const reservations = await audits.reservations(without);
      return reservations.items.flatMap((one) => checkCommitted(one, orders.get(one.reservationId)));
    };
    detected.push(...(await standing(await look(ids), pauses, () => look(ids))));
  }
  return detected;
}

const isTaking = (order: OrderAudit | undefined): boolean =>
  order !== undefined && order.status !== 'PENDING_PAYMENT';

/**
 * What a second look finds too, as it tells of it. Only what disagrees is compared: the records that are shown with it may change
 * meanwhile for reasons of their own (another part of the run returns the payment of an order whose stock is looked at).
 */
async function standing(
  first: readonly Detected[],
  pauses: Pauses,
  look: () => Promise<readonly Detected[]>,
): Promise<Detected[]> {
  if (first.length === 0) return [];
  await pauses.secondLook();
  const before = new Set(first.map(disagreementOf));
  return (await look()).filter((detected) => before.has(disagreementOf(detected)));
}

const disagreementOf = ({ kind, subject, expected, actual, difference }: Detected): string =>
  JSON.stringify([kind, subject, expected, actual, difference]);
