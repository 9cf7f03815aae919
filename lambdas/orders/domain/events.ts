import type { EventDetail } from '../../shared/events/event-detail.ts';
import type { Money } from './money.ts';
import { type Order, reasonOf } from './order.ts';

type Data = {
  readonly orderId: string;
  readonly customerId: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  readonly total: Money;
};
export type OrderEvent =
  | {
      readonly type: 'OrderPlaced' | 'OrderConfirmed' | 'OrderCompleted' | 'OrderFulfilled';
      readonly detail: EventDetail<Data>;
    }
  | {
      readonly type: 'OrderCancelled' | 'OrderNeedsAttention';
      readonly detail: EventDetail<Data & { readonly reason: string }>;
    };

/** One event for each new status that others care for. The id comes from the order and its version. */
export function eventsOf(before: Order | undefined, after: Order | undefined): OrderEvent[] {
  if (after === undefined || before?.status === after.status) return [];
  const { orderId, customerId, total, version, updatedAt, correlationId } = after;
  const lines = after.lines.map(({ sku, quantity }) => ({ sku, quantity }));
  const data: Data = { orderId, customerId, lines, total };
  const head = (type: string) =>
    ({
      eventId: `order/${orderId}/${version}/${type}`,
      version: 1,
      occurredAt: updatedAt,
      correlationId,
    }) as const;
  const plain = (
    type: 'OrderPlaced' | 'OrderConfirmed' | 'OrderCompleted' | 'OrderFulfilled',
  ): OrderEvent[] => [{ type, detail: { ...head(type), data } }];
  const reasoned = (type: 'OrderCancelled' | 'OrderNeedsAttention'): OrderEvent[] => [
    { type, detail: { ...head(type), data: { ...data, reason: reasonOf(after) } } },
  ];
  switch (after.status) {
    case 'PENDING_PAYMENT':
      return before === undefined ? plain('OrderPlaced') : [];
    case 'CONFIRMED':
      return plain('OrderConfirmed');
    case 'COMPLETED':
      return plain('OrderCompleted');
    case 'FULFILLED':
      return plain('OrderFulfilled');
    case 'CANCELLED':
      return reasoned('OrderCancelled');
    case 'NEEDS_ATTENTION':
      return reasoned('OrderNeedsAttention');
    case 'PAYING':
    case 'CANCELLING':
      return [];
  }
}
