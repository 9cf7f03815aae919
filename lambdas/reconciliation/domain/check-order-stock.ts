import type { OrderAudit, ReservationAudit } from '../../contracts/audit-api.ts';
import { type Instant, SECONDS_PER_DAY } from '../../shared/core/instant.ts';
import type { Detection } from './finding.ts';
import {
  countUnits,
  type OrderSnapshot,
  orderDetectionFields,
  proposeRepair,
  unitsBySku,
} from './order-snapshot.ts';
import type { Repair, SkuUnits } from './repair.ts';

/** Inventory keeps the record of a shipped reservation so long. */
const SHIPPED_RESERVATION_SECONDS = 400 * SECONDS_PER_DAY;

/** A confirmed, completed or fulfilled order has its stock, line by line. */
export function checkOrderStock(snapshot: OrderSnapshot, age: number): Detection[] {
  const { order, reservation } = snapshot;
  const { orderId, status } = order;
  const units = unitsBySku(order);
  if (reservation === undefined) {
    if (status === 'FULFILLED' && age > SHIPPED_RESERVATION_SECONDS) return [];
    return [
      {
        kind: 'ORDER_WITHOUT_RESERVATION',
        ...orderDetectionFields(snapshot),
        expected: {
          status: status === 'FULFILLED' ? 'FULFILLED' : 'COMMITTED',
          lines: order.lines,
        },
        actual: null,
        difference: units,
        units: countUnits(order),
        explanation: `Order ${orderId} is ${status}, but inventory has no reservation for it: its units may have been sold to somebody else.`,
        ...proposeCancellation(order),
      },
    ];
  }
  const lines = lineDifferencesOf(order, reservation);
  if (lines.length > 0) {
    return [
      {
        kind: 'ORDER_LINES_DIFFER',
        ...orderDetectionFields(snapshot),
        expected: units,
        actual: unitsBySku(reservation),
        difference: lines,
        units: lines.reduce((sum, { units: of }) => sum + Math.abs(of), 0),
        explanation: `Order ${orderId} and its reservation do not have the same lines. Nothing can change an order's lines; one of the two records was changed by hand.`,
      },
    ];
  }
  return checkStockCommitted(snapshot, reservation);
}

function checkStockCommitted(snapshot: OrderSnapshot, reservation: ReservationAudit): Detection[] {
  const { order } = snapshot;
  const { orderId, status } = order;
  const { reservationId, version } = reservation;
  const units = unitsBySku(order);
  if (status === 'FULFILLED' && reservation.status === 'COMMITTED') {
    return [
      {
        kind: 'ORDER_NOT_SHIPPED',
        ...orderDetectionFields(snapshot),
        expected: 'FULFILLED',
        actual: reservation.status,
        difference: units,
        units: countUnits(order),
        explanation: `Order ${orderId} was fulfilled, but inventory still counts its units as committed: OrderFulfilled was not handled. The shelf has less than the book says.`,
        ...proposeRepair(
          { action: 'shipStock', reservationId, version },
          'Ships the reservation: its units leave the book, as they have left the shelf.',
          { units },
        ),
      },
    ];
  }
  const isCommitted = reservation.status === 'COMMITTED' || reservation.status === 'FULFILLED';
  if (isCommitted) return [];
  const isHeld = reservation.status === 'HELD';
  return [
    {
      kind: 'ORDER_STOCK_NOT_COMMITTED',
      ...orderDetectionFields(snapshot),
      expected: status === 'FULFILLED' ? 'FULFILLED' : 'COMMITTED',
      actual: reservation.status,
      difference: units,
      units: countUnits(order),
      explanation: `Order ${orderId} is ${status}, but its reservation is ${reservation.status}: its units were never taken, or were given back.`,
      ...(isHeld && status !== 'CONFIRMED'
        ? proposeRepair(
            { action: 'commitStock', reservationId, version },
            'Commits the reservation, from its hold or from what is available; if neither suffices it expires, and the order can only be cancelled.',
            { units },
          )
        : proposeCancellation(order)),
    },
  ];
}

/** Only a completed order can be cancelled by its saga; it costs a customer their order, so a person decides. */
const proposeCancellation = ({ orderId, version, status }: OrderAudit): { repair?: Repair } =>
  status === 'COMPLETED'
    ? proposeRepair(
        { action: 'cancelOrder', orderId, version },
        'Cancels the order through its saga: the money is given back.',
        { isSafe: false },
      )
    : {};

/** A cancelled order holds nothing; a hold that has lapsed is none. */
export function checkCancelledOrderStock(snapshot: OrderSnapshot, now: Instant): Detection[] {
  const { order, reservation } = snapshot;
  if (reservation === undefined) return [];
  const { reservationId, version, status, heldUntil } = reservation;
  const isHolding =
    status === 'COMMITTED' ||
    (status === 'HELD' && heldUntil !== undefined && Date.parse(heldUntil) > now);
  if (!isHolding) return [];
  const units = unitsBySku(order);
  return [
    {
      kind: 'CANCELLED_ORDER_HOLDS_STOCK',
      ...orderDetectionFields(snapshot),
      expected: 'RELEASED',
      actual: status,
      difference: units,
      units: countUnits(order),
      explanation: `Order ${order.orderId} is cancelled, but its reservation is still ${status}: its units can be sold to nobody.`,
      ...proposeRepair(
        { action: 'releaseStock', reservationId, version },
        'Releases the reservation: its units are available again.',
        { units },
      ),
    },
  ];
}

/** What the reservation has too little of or, below 0, too much. */
function lineDifferencesOf(order: OrderAudit, reservation: ReservationAudit): readonly SkuUnits[] {
  const negatedLines = reservation.lines.map(({ sku, quantity }) => ({ sku, quantity: -quantity }));
  return unitsBySku({ lines: [...order.lines, ...negatedLines] }).filter(
    ({ units }) => units !== 0,
  );
}
