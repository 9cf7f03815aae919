import type { OrderAudit, ReservationAudit } from '../../contracts/audit-api.ts';
import type { Detection } from './finding.ts';
import { unitsBySku } from './order-snapshot.ts';

/** A reservation whose units are committed belongs to an order that has taken, or is taking them. */
export function checkCommittedReservation(
  reservation: ReservationAudit,
  order: OrderAudit | undefined,
): Detection[] {
  if (reservation.status !== 'COMMITTED') return [];
  const hasNoConfirmedOrder = order === undefined || order.status === 'PENDING_PAYMENT';
  if (!hasNoConfirmedOrder) return [];
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
        units: unitsBySku(reservation),
        isSafe: false,
      },
    },
  ];
}

/** `name` is what operators call the queue. */
export type QueueDepth = {
  readonly name: string;
  readonly contents: string;
  readonly messages: number;
};

/** What could not be handled, or not be published, waits in a dead letter queue. */
export const checkDeadLetterQueue = (
  { name, contents, messages }: QueueDepth,
  now: string,
): Detection[] =>
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
          explanation: `${contents} could not be handled: ${messages} of them wait in ${name}. Whatever they were to change has not happened yet; \`npm run stockbook -- dead-letters explain ${name}\` says why.`,
          records: [],
          since: now,
        },
      ];
