import type { OrderAudit, ReservationAudit } from '../../../contracts/api/audit.ts';
import { type Instant, SECONDS_PER_DAY } from '../../../shared/core/instant.ts';
import type { Detection } from '../finding.ts';
import type { Repair, SkuUnits } from '../repair.ts';
import {
  countUnits,
  type OrderSnapshot,
  orderDetectionFields,
  proposeRepair,
  unitsBySku,
} from './order-snapshot.ts';

/** Retention of the record of a shipped reservation in inventory. */
const SHIPPED_RESERVATION_SECONDS = 400 * SECONDS_PER_DAY;

/** Checks that a confirmed, completed or fulfilled order has its stock, line by line. */
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
        explanation: `Order ${orderId} is ${status}, but inventory has no reservation for it. Its units may have been sold to another customer.`,
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
        explanation: `Order ${orderId} and its reservation have different lines. No command changes the lines of an order, so one of the two records was edited by hand.`,
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
        explanation: `Order ${orderId} was fulfilled, but inventory still counts its units as committed: OrderFulfilled was not handled. The shelf holds fewer units than the book.`,
        ...proposeRepair(
          { action: 'shipStock', reservationId, version },
          'Ships the reservation. Its units leave the book, as they have left the shelf.',
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
      explanation: `Order ${orderId} is ${status}, but its reservation is ${reservation.status}: its units were never committed, or were released.`,
      ...(isHeld && status !== 'CONFIRMED'
        ? proposeRepair(
            { action: 'commitStock', reservationId, version },
            'Commits the reservation from its hold or from available units. If neither suffices, the reservation expires and the order can only be cancelled.',
            { units },
          )
        : proposeCancellation(order)),
    },
  ];
}

/** A saga cancels completed orders only. A customer loses the order, so a person decides. */
const proposeCancellation = ({ orderId, version, status }: OrderAudit): { repair?: Repair } =>
  status === 'COMPLETED'
    ? proposeRepair(
        { action: 'cancelOrder', orderId, version },
        'Cancels the order through its saga, which refunds the money.',
        { isSafe: false },
      )
    : {};

/** Checks that a cancelled order holds no stock. An expired hold does not count. */
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
      explanation: `Order ${order.orderId} is cancelled, but its reservation is still ${status}, so its units cannot be sold.`,
      ...proposeRepair(
        { action: 'releaseStock', reservationId, version },
        'Releases the reservation. Its units are available again.',
        { units },
      ),
    },
  ];
}

/** Returns the units that the reservation lacks per SKU. Negative if it has too many. */
function lineDifferencesOf(order: OrderAudit, reservation: ReservationAudit): readonly SkuUnits[] {
  const negatedLines = reservation.lines.map(({ sku, quantity }) => ({ sku, quantity: -quantity }));
  return unitsBySku({ lines: [...order.lines, ...negatedLines] }).filter(
    ({ units }) => units !== 0,
  );
}
