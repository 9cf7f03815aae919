import type { OrderAudit, ReservationAudit } from '../../contracts/audit-api.ts';
import type { Detected } from './finding.ts';
import { unitsOf } from './order-sides.ts';

/** A reservation whose units are committed belongs to an order that has taken, or is taking them. */
export function checkCommitted(
  reservation: ReservationAudit,
  order: OrderAudit | undefined,
): Detected[] {
  if (reservation.status !== 'COMMITTED') return [];
  const isWithout = order === undefined || order.status === 'PENDING_PAYMENT';
  if (!isWithout) return [];
  const units = reservation.lines.reduce((sum, { quantity }) => sum + quantity, 0);
  return [
    {
      kind: 'RESERVATION_WITHOUT_ORDER',
      subject: `reservation:${reservation.reservationId}`,
      expected: 'an order that is confirmed, completed or about to be cancelled',
      actual: order === undefined ? null : order.status,
      difference: Object.fromEntries(reservation.lines.map(({ sku, quantity }) => [sku, quantity])),
      units,
      explanation:
        order === undefined
          ? `Reservation ${reservation.reservationId} has ${units} units committed, but there is no such order.`
          : `Reservation ${reservation.reservationId} has ${units} units committed, but its order was never confirmed.`,
      records: [reservation, ...(order === undefined ? [] : [order])],
      since: reservation.updatedAt,
      repair: {
        command: {
          action: 'releaseStock',
          reservationId: reservation.reservationId,
          version: reservation.version,
        },
        effect:
          'Releases the reservation: its units are available again. Look first whether the order exists elsewhere.',
        units: unitsOf(reservation),
        isSafe: false,
      },
    },
  ];
}

/** `name` is what operators call the queue. */
export type QueueDepth = {
  readonly name: string;
  readonly holds: string;
  readonly messages: number;
};

/** What could not be handled, or not be published, waits in a dead letter queue. */
export const checkQueue = ({ name, holds, messages }: QueueDepth, now: string): Detected[] =>
  messages === 0
    ? []
    : [
        {
          kind: 'DEAD_LETTERS',
          subject: `queue:${name}`,
          expected: 0,
          actual: messages,
          difference: messages,
          units: 0,
          explanation: `${holds} could not be handled: ${messages} of them wait in ${name}. Whatever they were to change has not happened yet; \`npm run dlq -- explain ${name}\` says why.`,
          records: [],
          since: now,
        },
      ];
