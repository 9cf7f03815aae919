import type { OrderEvent } from '../../contracts/events.ts';
import { latestReasonOf, type Order } from './order.ts';

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
  const plainEvents = (
    type: 'OrderPlaced' | 'OrderConfirmed' | 'OrderCompleted' | 'OrderFulfilled',
  ): OrderEvent[] => [{ type, detail: { ...headOf(type), data } }];
  const eventsWithReason = (type: 'OrderCancelled' | 'OrderNeedsAttention'): OrderEvent[] => [
    { type, detail: { ...headOf(type), data: { ...data, reason: latestReasonOf(after) } } },
  ];
  switch (after.status) {
    case 'PENDING_PAYMENT':
      return before === undefined ? plainEvents('OrderPlaced') : [];
    case 'CONFIRMED':
      return plainEvents('OrderConfirmed');
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
