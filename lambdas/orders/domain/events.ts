import type { OrderEvent } from '../../contracts/events.ts';
import { allocationsOf, latestReasonOf, type Order } from './order.ts';

/**
 * Returns one event per published status change. The event id comes from the order and its version.
 */
export function eventsOf(before: Order | undefined, after: Order | undefined): OrderEvent[] {
  if (after === undefined || before?.status === after.status) return [];
  const { orderId, customerId, total, version, updatedAt, correlationId } = after;
  const lines = after.lines.map(({ sku, quantity }) => ({ sku, quantity }));
  const data = { orderId, customerId, lines, total };
  const headOf = (type: string) =>
    ({
      eventId: `order/${orderId}/${version}/${type}`,
      version: 1,
      occurredAt: updatedAt,
      correlationId,
    }) as const;
  /** Has the locations of the units, for a warehouse that prepares the parcels. */
  const locatedEvents = (type: 'OrderPlaced' | 'OrderConfirmed'): OrderEvent[] => {
    const located = after.lines.map((line, index) => ({
      ...lines[index],
      sku: line.sku,
      quantity: line.quantity,
      allocations: [...allocationsOf(line)],
    }));
    return [{ type, detail: { ...headOf(type), data: { ...data, lines: located } } }];
  };
  const plainEvents = (type: 'OrderCompleted' | 'OrderFulfilled'): OrderEvent[] => [
    { type, detail: { ...headOf(type), data } },
  ];
  const eventsWithReason = (type: 'OrderCancelled' | 'OrderNeedsAttention'): OrderEvent[] => [
    { type, detail: { ...headOf(type), data: { ...data, reason: latestReasonOf(after) } } },
  ];
  switch (after.status) {
    case 'PENDING_PAYMENT':
      return before === undefined ? locatedEvents('OrderPlaced') : [];
    case 'CONFIRMED':
      return locatedEvents('OrderConfirmed');
    case 'COMPLETED':
      return plainEvents('OrderCompleted');
    case 'FULFILLED':
      return plainEvents('OrderFulfilled');
    case 'CANCELLED':
      return eventsWithReason('OrderCancelled');
    case 'NEEDS_ATTENTION':
      return eventsWithReason('OrderNeedsAttention');
    case 'PAYING':
    case 'CANCELLING':
      return [];
  }
}
