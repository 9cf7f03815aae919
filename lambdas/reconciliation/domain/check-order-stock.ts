import type { OrderAudit, ReservationAudit } from '../../contracts/audit-api.ts';
import { type Instant, SECONDS_PER_DAY } from '../../shared/core/instant.ts';
import type { Detected } from './finding.ts';
import { countOf, type OrderSides, ofOrder, repairOf, unitsOf } from './order-sides.ts';
import type { Repair, UnitsOfSku } from './repair.ts';

/** Inventory keeps the record of a shipped reservation so long. */
const SHIPPED_RESERVATION_SECONDS = 400 * SECONDS_PER_DAY;

/** A confirmed, completed or fulfilled order has its stock, line by line. */
export function stockOf(sides: OrderSides, age: number): Detected[] {
  const { order, reservation } = sides;
  const { orderId, status } = order;
  const units = unitsOf(order);
  if (reservation === undefined) {
    if (status === 'FULFILLED' && age > SHIPPED_RESERVATION_SECONDS) return [];
    return [
      {
        kind: 'ORDER_WITHOUT_RESERVATION',
        ...ofOrder(sides),
        expected: {
          status: status === 'FULFILLED' ? 'FULFILLED' : 'COMMITTED',
          lines: order.lines,
        },
        actual: null,
        difference: units,
        units: countOf(order),
        explanation: `Order ${orderId} is ${status}, but inventory has no reservation for it: its units may have been sold to somebody else.`,
        ...cancelling(order),
      },
    ];
  }
  const lines = lineDifference(order, reservation);
  if (lines.length > 0) {
    return [
      {
        kind: 'ORDER_LINES_DIFFER',
        ...ofOrder(sides),
        expected: units,
        actual: unitsOf(reservation),
        difference: lines,
        units: lines.reduce((sum, { units: of }) => sum + Math.abs(of), 0),
        explanation: `Order ${orderId} and its reservation do not have the same lines. Nothing can change an order's lines; one of the two records was changed by hand.`,
      },
    ];
  }
  return taken(sides, reservation);
}

function taken(sides: OrderSides, reservation: ReservationAudit): Detected[] {
  const { order } = sides;
  const { orderId, status } = order;
  const { reservationId, version } = reservation;
  const units = unitsOf(order);
  if (status === 'FULFILLED' && reservation.status === 'COMMITTED') {
    return [
      {
        kind: 'ORDER_NOT_SHIPPED',
        ...ofOrder(sides),
        expected: 'FULFILLED',
        actual: reservation.status,
        difference: units,
        units: countOf(order),
        explanation: `Order ${orderId} was fulfilled, but inventory still counts its units as committed: OrderFulfilled was not handled. The shelf has less than the book says.`,
        ...repairOf(
          { action: 'shipStock', reservationId, version },
          'Ships the reservation: its units leave the book, as they have left the shelf.',
          { units },
        ),
      },
    ];
  }
  const isTaken = reservation.status === 'COMMITTED' || reservation.status === 'FULFILLED';
  if (isTaken) return [];
  const isHeld = reservation.status === 'HELD';
  return [
    {
      kind: 'ORDER_STOCK_NOT_TAKEN',
      ...ofOrder(sides),
      expected: status === 'FULFILLED' ? 'FULFILLED' : 'COMMITTED',
      actual: reservation.status,
      difference: units,
      units: countOf(order),
      explanation: `Order ${orderId} is ${status}, but its reservation is ${reservation.status}: its units were never taken, or were given back.`,
      ...(isHeld && status !== 'CONFIRMED'
        ? repairOf(
            { action: 'commitStock', reservationId, version },
            'Commits the reservation, from its hold or from what is available; if neither suffices it expires, and the order can only be cancelled.',
            { units },
          )
        : cancelling(order)),
    },
  ];
}

/** Only a completed order can be cancelled by its saga; it costs a customer their order, so a person decides. */
const cancelling = ({ orderId, version, status }: OrderAudit): { repair?: Repair } =>
  status === 'COMPLETED'
    ? repairOf(
        { action: 'cancelOrder', orderId, version },
        'Cancels the order through its saga: the money is given back.',
        { isSafe: false },
      )
    : {};

/** A cancelled order holds nothing; a hold that has lapsed is none. */
export function stockOfCancelled(sides: OrderSides, now: Instant): Detected[] {
  const { order, reservation } = sides;
  if (reservation === undefined) return [];
  const { reservationId, version, status, heldUntil } = reservation;
  const holds =
    status === 'COMMITTED' ||
    (status === 'HELD' && heldUntil !== undefined && Date.parse(heldUntil) > now);
  if (!holds) return [];
  const units = unitsOf(order);
  return [
    {
      kind: 'CANCELLED_ORDER_HOLDS_STOCK',
      ...ofOrder(sides),
      expected: 'RELEASED',
      actual: status,
      difference: units,
      units: countOf(order),
      explanation: `Order ${order.orderId} is cancelled, but its reservation is still ${status}: its units can be sold to nobody.`,
      ...repairOf(
        { action: 'releaseStock', reservationId, version },
        'Releases the reservation: its units are available again.',
        { units },
      ),
    },
  ];
}

/** What the reservation has too little of or, below 0, too much. */
function lineDifference(order: OrderAudit, reservation: ReservationAudit): readonly UnitsOfSku[] {
  const missing = reservation.lines.map(({ sku, quantity }) => ({ sku, quantity: -quantity }));
  return unitsOf({ lines: [...order.lines, ...missing] }).filter(({ units }) => units !== 0);
}
