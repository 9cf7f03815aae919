import type { OrderAudit, ReservationAudit } from '../../../contracts/api/audit.ts';
import type { DeadLetterKind } from '../../../contracts/api/dead-letters.ts';
import type { Detection } from '../finding.ts';
import { unitsBySku } from './order-snapshot.ts';

/** Checks that a committed reservation belongs to a confirmed order. */
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
          'Releases the reservation. Its units are available again. First check that the order exists nowhere else.',
        units: unitsBySku(reservation),
        isSafe: false,
      },
    },
  ];
}

/** Number of messages in a dead-letter queue. `name` is the id that operators use. */
export type QueueDepth = {
  readonly name: string;
  readonly kind: DeadLetterKind;
  readonly messages: number;
};

const CONTENTS: Readonly<Record<DeadLetterKind, string>> = {
  event: 'Events',
  delivery: 'Undelivered events',
  work: 'Work of reconciliations',
  stream: 'Changes of a table',
  schedule: 'Scheduled runs',
  notification: 'Notifications',
  bus: 'Events that the bus could not encrypt or decrypt',
};

/** Reports a dead-letter queue that is not empty. */
export const checkDeadLetterQueue = (
  { name, kind, messages }: QueueDepth,
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
          explanation: `${CONTENTS[kind]}: ${messages} could not be handled and are in ${name}. Their effects are missing. Run \`npm run stockbook -- dead-letters explain ${name}\`.`,
          records: [],
          since: now,
        },
      ];
